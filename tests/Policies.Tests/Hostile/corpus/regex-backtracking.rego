# wants: limit_steps|ok
# A pattern that explodes where it is tried by backtracking.
package hostile

t := concat("", ["a" | some _ in numbers.range(1, 50000)])
p if not regex.match("^(a+)+$", concat("", [t, "!"]))
