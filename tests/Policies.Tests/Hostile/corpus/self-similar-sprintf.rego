# wants: limit_size
# Its text.
package hostile

v0 := [1, 2]
#> 60 v$n := [v$i, v$i]
p := count(sprintf("%v", [v60]))
