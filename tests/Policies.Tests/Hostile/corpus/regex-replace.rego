# wants: limit_size
# A pattern that matches everywhere.
package hostile

t := concat("", ["a" | some _ in numbers.range(1, 10000)])
p := count(regex.replace(t, "", t))
