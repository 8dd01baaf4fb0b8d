# wants: ok
# A long text taken apart again and again.
package hostile

s0 := concat("", ["abcdefghij" | some _ in numbers.range(1, 50000)])
p := count([1 | some i in numbers.range(1, 1000); count(split(s0, "")) == i])
