# wants: limit_size
# The product of many numbers.
package hostile

p := product([bits.lsh(1, 60000) | some _ in numbers.range(1, 100)])
