# wants: limit_size|limit_steps
# Many replacements at once.
package hostile

t := concat("", ["a" | some _ in numbers.range(1, 10000)])
p := count(strings.replace_n({"a": t}, t))
