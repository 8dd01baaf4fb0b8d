# wants: limit_steps
# A loop inside `every` inside `every`.
package hostile

r := numbers.range(1, 1000)
p if {
	every a in r {
		every b in r {
			every c in r { a + b + c > 0 }
		}
	}
}
