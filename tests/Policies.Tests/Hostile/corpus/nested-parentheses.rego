# wants: compile rego_parse_error|limit_depth
# Parentheses nested twenty thousand deep.
package hostile

r := [1]
p := ⟦20000;(⟧1⟦20000;)⟧
