# wants: limit_depth
# What is printed has thirty thousand levels.
package hostile

v0 := 1
#> 100 v$n := d$n(v$i)
#> 100 d$n(x0) := x300 if {⟦300;	x§ := [x†]; ⟧true}
p if {
	print(v100)
	count(sprintf("%v", [v100])) < 0
}
