# wants: limit_size
# Each character becomes a thousand.
package hostile

s0 := "aaaaaaaaaa"
t := concat("", ["a" | some _ in numbers.range(1, 1000)])
#> 10 s$n := replace(s$i, "a", t)
p := count(s10)
