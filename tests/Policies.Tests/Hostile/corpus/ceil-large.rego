# wants: limit_steps|limit_memory|ok
# Rounding large numbers.
package hostile

p := count([1 | some i in numbers.range(1, 100000); floor(1e30000 + i) == i])
