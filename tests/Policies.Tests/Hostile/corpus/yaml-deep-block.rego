# wants: limit_depth|limit_size
# YAML indented deeply.
package hostile

t := concat("\n", [sprintf("%sa:", [concat("", [" " | some _ in numbers.range(1, i)])]) | some i in numbers.range(1, 600)])
p := yaml.unmarshal(t)
