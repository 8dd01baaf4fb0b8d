# wants: limit_steps
# A loop in a default value.
package hostile

r := numbers.range(1, 1000)
default p := {"n": 0}

p := {"n": count([1 | some a in r; some b in r; some c in r; a + b + c < 0])}
