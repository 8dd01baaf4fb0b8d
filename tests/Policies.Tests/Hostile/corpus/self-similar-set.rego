# wants: limit_steps|limit_size
# Sets of objects of such.
package hostile

v0 := {1, 2}
#> 60 v$n := {{"a": v$i}, {"b": v$i}}
p := v60
