# wants: limit_size|undefined|ok
# A version of a million digits.
package hostile

t := concat("", ["1234567890" | some _ in numbers.range(1, 100000)])
p := semver.compare(concat(".", [t, "0", "0"]), concat(".", [t, "0", "1"]))
