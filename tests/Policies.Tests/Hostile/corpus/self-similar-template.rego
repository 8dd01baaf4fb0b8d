# wants: limit_size
# A template string of it.
package hostile

v0 := [1, 2]
#> 60 v$n := [v$i, v$i]
p := count($"{v60}")
