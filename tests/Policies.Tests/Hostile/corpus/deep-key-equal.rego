# wants: limit_depth|ok
# Two values of thirty thousand levels are compared (key).
package hostile

v0 := 1
#> 100 v$n := d$n(v$i)
#> 100 d$n(x0) := x300 if {⟦300;	x§ := {x†: 1}; ⟧true}
w0 := 1
#> 100 w$n := d$n(w$i)
p if w100 == v100
