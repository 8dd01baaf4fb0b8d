# wants: limit_depth
# JSON of thirty thousand levels.
package hostile

v0 := 1
#> 100 v$n := d$n(v$i)
#> 100 d$n(x0) := x300 if {⟦300;	x§ := [x†]; ⟧true}
p := count(json.marshal(v100))
