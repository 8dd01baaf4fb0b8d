# wants: limit_depth
# Objects of thirty thousand levels merged.
package hostile

v0 := 1
#> 100 v$n := d$n(v$i)
#> 100 d$n(x0) := x300 if {⟦300;	x§ := {"k": x†}; ⟧true}
p := count(object.union(v100, v100))
