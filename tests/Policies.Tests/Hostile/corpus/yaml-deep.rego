# wants: limit_depth
# YAML nested deeply.
package hostile

t := concat("", array.concat(["[" | some _ in numbers.range(1, 5000)], ["]" | some _ in numbers.range(1, 5000)]))
p := yaml.unmarshal(t)
