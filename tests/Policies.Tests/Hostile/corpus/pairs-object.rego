# wants: limit_memory
# An object of all pairs.
package hostile

r := numbers.range(1, 1000)
p := count({sprintf("%d-%d-%d", [a, b, c]): [a, b, c] | some a in r; some b in r; some c in r})
