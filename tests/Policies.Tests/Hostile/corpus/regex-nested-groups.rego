# wants: undefined|limit_depth
# Groups inside groups.
package hostile

t := concat("", array.concat(["(" | some _ in numbers.range(1, 4000)], [")" | some _ in numbers.range(1, 4000)]))
p if regex.match(t, "a")
