# wants: limit_steps|limit_memory
# A long text in lower case, again and again.
package hostile

s0 := concat("", ["ABCDEFGHIJ" | some _ in numbers.range(1, 50000)])
p := count([1 | some i in numbers.range(1, 100000); lower(concat("", [s0, format_int(i, 10)])) == "x"])
