# wants: limit_size
# A group written out a thousand times.
package hostile

t := concat("", ["a" | some _ in numbers.range(1, 10000)])
w := concat("", ["$1" | some _ in numbers.range(1, 10000)])
p := count(regex.replace(t, "(a+)", w))
