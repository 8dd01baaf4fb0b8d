# wants: limit_depth|limit_memory|limit_size
# YAML of thirty thousand levels.
package hostile

v0 := 1
#> 100 v$n := d$n(v$i)
#> 100 d$n(x0) := x300 if {⟦300;	x§ := {"k": x†}; ⟧true}
p := count(yaml.marshal(v100))
