# wants: limit_steps
# An exponential join.
package hostile

r := numbers.range(1, 1000)
p if {
	some a in r
	some b in r
	some c in r
	a + b + c < 0
}
