# wants: limit_memory|limit_steps
# A walk for each step.
package hostile

big := [[i, [i, [i]]] | some i in numbers.range(1, 3000)]
p := count([1 | some i in numbers.range(1, 1000); walk(big, [path, x]); x == path])
