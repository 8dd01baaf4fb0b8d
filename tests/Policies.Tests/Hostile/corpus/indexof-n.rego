# wants: ok
# Everything is found everywhere.
package hostile

s0 := concat("", ["aaaaaaaaaa" | some _ in numbers.range(1, 50000)])
p := count([1 | some i in numbers.range(1, 10000); count(indexof_n(s0, "a")) == i])
