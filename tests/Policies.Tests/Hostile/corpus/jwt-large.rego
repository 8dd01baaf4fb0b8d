# wants: limit_size|undefined|ok
# A token of a million characters.
package hostile

t := concat("", ["abcdefghij" | some _ in numbers.range(1, 100000)])
p := io.jwt.decode(concat(".", [t, t, t]))
