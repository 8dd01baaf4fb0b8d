# wants: limit_memory
# A partial set of all pairs.
package hostile

r := numbers.range(1, 1000)
s contains [a, b, c] if {
	some a in r
	some b in r
	some c in r
}

p := count(s)
