# wants: limit_size
# Encoded again and again.
package hostile

s0 := concat("", ["abcdefghij" | some _ in numbers.range(1, 1000)])
#> 40 s$n := base64.encode(s$i)
p := count(s40)
