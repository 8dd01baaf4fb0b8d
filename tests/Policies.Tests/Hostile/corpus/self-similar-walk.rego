# wants: limit_steps|limit_memory
# A walk through such a value.
package hostile

v0 := [1, 2]
#> 60 v$n := [v$i, v$i]
p := count([1 | walk(v60, [_, x]); x == 3])
