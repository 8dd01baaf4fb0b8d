# wants: limit_steps|limit_memory
# The sum of many large numbers.
package hostile

x := bits.lsh(1, 60000)
p := sum([x | some _ in numbers.range(1, 100000)])
