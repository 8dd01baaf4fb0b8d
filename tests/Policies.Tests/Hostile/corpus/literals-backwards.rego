# wants: ok|compile limit_size|compile limit_time|limit_depth
# Literals that can only run in the opposite order.
package hostile

p if {
#> 1500 	x$i := x$n + 1
	x1500 := 1
}
