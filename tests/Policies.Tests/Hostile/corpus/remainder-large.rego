# wants: limit_steps|limit_memory
# Remainders of large numbers.
package hostile

x := bits.lsh(1, 65000) - 1
y := bits.lsh(1, 32000) - 1
p := count([1 | some i in numbers.range(1, 100000); (x - i) % y == i])
