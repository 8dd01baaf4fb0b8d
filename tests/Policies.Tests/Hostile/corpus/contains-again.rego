# wants: limit_steps|limit_memory
# A long text searched again and again.
package hostile

s0 := concat("", ["aaaaaaaaaa" | some _ in numbers.range(1, 50000)])
p := count([1 | some i in numbers.range(1, 100000); contains(s0, concat("", ["b", format_int(i, 10)]))])
