# wants: limit_steps|limit_memory
# A difference for each step.
package hostile

big := {x | some x in numbers.range(1, 10000)}
p := count([1 | some i in numbers.range(1, 100000); count(big - {i}) == 5])
