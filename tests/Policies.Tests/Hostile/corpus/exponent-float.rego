# wants: limit_steps|limit_memory|limit_size
# Small fractions with large exponents.
package hostile

p := count([1 | some i in numbers.range(1, 100000); (1e-30000 * i) / 3 == i])
