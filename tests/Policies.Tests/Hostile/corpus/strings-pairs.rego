# wants: limit_memory
# Many texts, each short.
package hostile

r := numbers.range(1, 1000)
p := count({x | some a in r; some b in r; some c in r; x := concat("-", [format_int(a, 10), format_int(b, 10), format_int(c, 10)])})
