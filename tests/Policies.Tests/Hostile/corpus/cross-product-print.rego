# wants: limit_memory|limit_steps
# The cross product of what `print` is given.
package hostile

r := numbers.range(1, 1000)
p if {
	some a in r
	some b in r
	print(a, b, r, r)
	some c in r
	a + b + c < 0
}
