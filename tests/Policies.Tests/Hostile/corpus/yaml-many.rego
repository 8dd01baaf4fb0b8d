# wants: limit_size|limit_steps|limit_memory
# YAML of many values.
package hostile

t := concat("", ["- [1, 2, 3]\n" | some _ in numbers.range(1, 20000)])
p := count([1 | some i in numbers.range(1, 1000); count(yaml.unmarshal(t)) == i])
