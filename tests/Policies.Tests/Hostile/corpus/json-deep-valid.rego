# wants: limit_depth
# Whether deep JSON is valid is not known.
package hostile

t := concat("", array.concat(["[" | some _ in numbers.range(1, 5000)], ["]" | some _ in numbers.range(1, 5000)]))
p := json.is_valid(t)
