# wants: compile rego_parse_error|limit_depth
# Comprehensions nested twenty thousand deep.
package hostile

r := [1]
p := ⟦20000;{x | x = ⟧1⟦20000;}⟧
