# wants: limit_size
# Texts that double.
package hostile

s0 := "x"
#> 60 s$n := concat("", [s$i, s$i])
p := count(s60)
