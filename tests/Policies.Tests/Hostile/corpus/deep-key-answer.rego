# wants: limit_depth
# An answer of thirty thousand levels (key).
package hostile

v0 := 1
#> 100 v$n := d$n(v$i)
#> 100 d$n(x0) := x300 if {⟦300;	x§ := {x†: 1}; ⟧true}
p := v100
