# wants: limit_size
# Its JSON text.
package hostile

v0 := [1, 2]
#> 60 v$n := [v$i, v$i]
p := count(json.marshal(v60))
