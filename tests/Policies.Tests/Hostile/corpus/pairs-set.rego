# wants: limit_memory
# A set of all pairs.
package hostile

r := numbers.range(1, 1000)
p := count({[a, b, c] | some a in r; some b in r; some c in r})
