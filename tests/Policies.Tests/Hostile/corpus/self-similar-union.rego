# wants: limit_steps|limit_memory
# Its union with its like.
package hostile

v0 := {"a": 1, "b": 2}
#> 60 v$n := {"a": v$i, "b": v$i}
p := count(object.union(v60, v60))
