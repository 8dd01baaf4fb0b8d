# wants: limit_size
# Its YAML text.
package hostile

v0 := [1, 2]
#> 60 v$n := [v$i, v$i]
p := count(yaml.marshal(v60))
