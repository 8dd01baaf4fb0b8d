# wants: compile limit_size
# Twenty thousand literals.
package hostile

p if {
#> 20000 	x$n := $n
}
