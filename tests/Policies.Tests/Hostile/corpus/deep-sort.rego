# wants: limit_depth|ok
# Lists of thirty thousand levels sorted.
package hostile

v0 := 1
#> 100 v$n := d$n(v$i)
#> 100 d$n(x0) := x300 if {⟦300;	x§ := [x†]; ⟧true}
w := d1(v99)
p := count(sort([v100, w]))
