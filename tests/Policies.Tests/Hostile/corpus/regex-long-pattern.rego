# wants: limit_size
# A pattern of a hundred thousand characters.
package hostile

t := concat("", ["a?" | some _ in numbers.range(1, 50000)])
p if regex.match(t, "aaa")
