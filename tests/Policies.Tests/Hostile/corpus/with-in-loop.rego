# wants: limit_memory|limit_steps
# A new scope for each step of a loop.
package hostile

r := numbers.range(1, 1000)
q := input.x

p := count([1 | some a in r; some b in r; some c in r; q == 1 with input as {"x": a, "y": b, "z": c}])
