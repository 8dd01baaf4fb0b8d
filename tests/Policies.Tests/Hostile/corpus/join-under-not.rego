# wants: limit_steps
# The join inside a negation is no undefined that `not` could turn into consent.
package hostile

r := numbers.range(1, 1000)
p if not joined

joined if {
	some a in r
	some b in r
	some c in r
	a + b + c < 0
}
