# wants: limit_steps
# A test that never ends.
package hostile

r := numbers.range(1, 1000)
test_p if {
	some a in r
	some b in r
	some c in r
	a + b + c < 0
}

p if test_p
