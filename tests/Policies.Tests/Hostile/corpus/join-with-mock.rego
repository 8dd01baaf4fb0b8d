# wants: limit_steps
# A loop in a function that stands in for another.
package hostile

r := numbers.range(1, 1000)
slow(_) if {
	some a in r
	some b in r
	some c in r
	a + b + c < 0
}

p if count([1]) == 1 with count as slow
