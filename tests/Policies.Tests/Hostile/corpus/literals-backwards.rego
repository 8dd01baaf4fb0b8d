# wants: compile rego_compile_error
# Literals that can only run in the opposite order; each names what a later one declares, which is refused.
package hostile

p if {
#> 1500 	x$i := x$n + 1
	x1500 := 1
}
