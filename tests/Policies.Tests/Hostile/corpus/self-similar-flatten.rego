# wants: limit_size|limit_memory
# Flattened again and again.
package hostile

v0 := [1, 2]
#> 60 v$n := array.flatten([v$i, v$i])
p := count(v60)
