# wants: limit_steps|limit_memory|ok
# A glob of many stars.
package hostile

t := concat("", ["a" | some _ in numbers.range(1, 5000)])
p if not glob.match("⟦200;*a⟧*b", [], t)
