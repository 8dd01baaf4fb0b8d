# wants: limit_depth|limit_memory|ok
# A patch thirty thousand levels down.
package hostile

v0 := 1
#> 100 v$n := d$n(v$i)
#> 100 d$n(x0) := x300 if {⟦300;	x§ := {"k": x†}; ⟧true}
p if {
	path := concat("/", ["k" | some _ in numbers.range(1, 29000)])
	count(json.patch(v100, [{"op": "add", "path": path, "value": 1}])) == 1
}
