# wants: limit_steps|limit_memory|limit_size
# The binary digits of a large number.
package hostile

p := count([1 | some i in numbers.range(1, 100000); count(format_int(bits.lsh(bits.lsh(1, 65000), 65000) * bits.lsh(1, 65000) * bits.lsh(1, 65000) * i, 2)) == i])
