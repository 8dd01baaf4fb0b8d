# wants: limit_size|ok
# A width among the operands.
package hostile

p := count(sprintf("%*d", [1000000000, 1]))
