# wants: ok
# Split everywhere, again and again.
package hostile

t := concat("", ["ab" | some _ in numbers.range(1, 50000)])
p := count([1 | some i in numbers.range(1, 1000); count(regex.split("b?", t)) == i])
