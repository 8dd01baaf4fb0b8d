# wants: limit_depth|limit_memory
# A walk of thirty thousand levels.
package hostile

v0 := 1
#> 100 v$n := d$n(v$i)
#> 100 d$n(x0) := x300 if {⟦300;	x§ := [x†]; ⟧true}
p := count([1 | walk(v100, [_, _])])
