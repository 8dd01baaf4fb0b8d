# wants: ok
# Encoded again and again.
package hostile

s0 := concat("", ["%%%%" | some _ in numbers.range(1, 1000)])
#> 40 s$n := urlquery.encode(s$i)
p := count(s40)
