# wants: limit_size|limit_steps
# A small value whose text is larger than the world.
package hostile

v0 := [1, 2]
#> 60 v$n := [v$i, v$i]
p := v60
