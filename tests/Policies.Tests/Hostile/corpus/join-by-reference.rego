# wants: limit_steps
# The same join through brackets.
package hostile

r := numbers.range(1, 1000)
p if {
	r[i] + r[j] + r[k] < 0
}
