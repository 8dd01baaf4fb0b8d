# wants: limit_memory
# A function whose answers are remembered, for operands without end.
package hostile

r := numbers.range(1, 1000)
f(x) := y if {
	some y in [x, x]
	y != null
}

p := count([1 | some a in r; some b in r; some c in r; f([a, b, c]) != null])
