# wants: limit_depth
# A path of thirty thousand steps.
package hostile

v0 := 1
#> 100 v$n := d$n(v$i)
#> 100 d$n(x0) := x300 if {⟦300;	x§ := {"k": x†}; ⟧true}
p := count(json.remove(v100, [concat("/", ["k" | some _ in numbers.range(1, 29000)])]))
