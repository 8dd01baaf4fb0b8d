# wants: limit_size
# The same through sprintf.
package hostile

s0 := "x"
#> 60 s$n := sprintf("%s%s", [s$i, s$i])
p := count(s60)
