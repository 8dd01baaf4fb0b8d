# wants: limit_memory|limit_steps|limit_size
# Objects with enormous keys.
package hostile

t := concat("", ["0123456789" | some _ in numbers.range(1, 50000)])
p := count({concat("", [t, format_int(i, 10)]): i | some i in numbers.range(1, 1000)})
