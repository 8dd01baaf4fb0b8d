# wants: limit_steps|limit_memory
# Comprehensions inside comprehensions.
package hostile

r := numbers.range(1, 1000)
p := count([x | some a in r; x := count([y | some b in r; y := count([z | some c in r; z := a + b + c])])])
