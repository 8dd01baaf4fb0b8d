# wants: limit_steps
# A loop in an `else`.
package hostile

r := numbers.range(1, 1000)
p := 1 if false

else := 2 if {
	some a in r
	some b in r
	some c in r
	a + b + c < 0
}
