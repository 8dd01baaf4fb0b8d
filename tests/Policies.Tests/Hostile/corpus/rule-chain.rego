# wants: limit_depth
# Rules that call one another.
package hostile

c0 := 0
#> 5000 c$n := c$i + 1
p := c5000
