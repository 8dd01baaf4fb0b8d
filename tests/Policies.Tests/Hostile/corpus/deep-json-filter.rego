# wants: ok
# A path into thirty thousand levels.
package hostile

v0 := 1
#> 100 v$n := d$n(v$i)
#> 100 d$n(x0) := x300 if {⟦300;	x§ := {"k": x†}; ⟧true}
p if count(json.filter(v100, ["k/k/k/k"])) == 1
