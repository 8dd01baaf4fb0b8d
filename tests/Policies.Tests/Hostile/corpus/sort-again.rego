# wants: ok
# A sort for each step.
package hostile

big := [sprintf("%d", [(x * 7919) % 10007]) | some x in numbers.range(1, 10000)]
p := count([1 | some i in numbers.range(1, 100000); sort(big)[0] == i])
