# wants: limit_size
# What stands between all characters.
package hostile

t := concat("", ["a" | some _ in numbers.range(1, 10000)])
p := count(replace(t, "", t))
