# wants: limit_steps
# A function called for each pair.
package hostile

r := numbers.range(1, 1000)
f(x, y) := x + y

p if {
	some a in r
	some b in r
	some c in r
	f(f(a, b), c) < 0
}
