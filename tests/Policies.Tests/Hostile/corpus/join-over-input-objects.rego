# wants: undefined
# Nested loops over the keys of objects.
package hostile

o[k] := v if some k, v in numbers.range(1, 1000)

p if {
	o[a] == o[b]
	o[c] == o[a] + o[b] + 5000
}
