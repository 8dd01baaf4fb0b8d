# wants: limit_size|limit_steps|undefined|ok
# A unit with a million digits.
package hostile

t := concat("", ["1234567890" | some _ in numbers.range(1, 100000)])
p := units.parse_bytes(concat("", [t, "GB"]))
