# wants: ok
# JSON of many values, again and again.
package hostile

t := concat("", ["[", concat(",", [format_int(i, 10) | some i in numbers.range(1, 50000)]), "]"])
p := count([1 | some i in numbers.range(1, 1000); count(json.unmarshal(t)) == i])
