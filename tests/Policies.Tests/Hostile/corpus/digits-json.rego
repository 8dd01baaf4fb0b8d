# wants: limit_size
# A number of a million digits in JSON.
package hostile

t := concat("", ["1234567890" | some _ in numbers.range(1, 100000)])
p if json.unmarshal(t) == json.unmarshal(concat("", [t, "1"]))
