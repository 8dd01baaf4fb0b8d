# wants: limit_size
# A range between large numbers.
package hostile

p := count(numbers.range(-1e300, 1e300))
