# wants: limit_size|limit_memory
# Lists that double.
package hostile

s0 := [1]
#> 60 s$n := array.concat(s$i, s$i)
p := count(s60)
