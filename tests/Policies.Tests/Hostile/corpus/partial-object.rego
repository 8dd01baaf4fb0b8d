# wants: limit_memory
# A partial object of all pairs.
package hostile

r := numbers.range(1, 1000)
o[a][b][c] := [a, b, c] if {
	some a in r
	some b in r
	some c in r
}

p := count(o)
