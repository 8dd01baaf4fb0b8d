# wants: limit_size
# A range in steps.
package hostile

p := count(numbers.range_step(0, 1e300, 7))
