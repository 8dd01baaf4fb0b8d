# wants: limit_size
# The same through template strings.
package hostile

s0 := "x"
#> 60 s$n := $"{s$i}{s$i}"
p := count(s60)
