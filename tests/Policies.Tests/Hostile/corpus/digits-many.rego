# wants: limit_size
# A number of a million digits.
package hostile

t := concat("", ["1234567890" | some _ in numbers.range(1, 100000)])
p := to_number(t) + 1
