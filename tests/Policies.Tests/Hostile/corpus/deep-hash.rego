# wants: limit_depth|ok
# A set member of thirty thousand levels.
package hostile

v0 := 1
#> 100 v$n := d$n(v$i)
#> 100 d$n(x0) := x300 if {⟦300;	x§ := [x†]; ⟧true}
p := count({v100, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
