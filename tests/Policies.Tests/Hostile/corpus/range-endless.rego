# wants: limit_size
# A range without end.
package hostile

p := count(numbers.range(1, 1000000000000))
