# wants: ok|limit_depth
# Two thousand literals.
package hostile

p if {
#> 2000 	x$n := $n
}
