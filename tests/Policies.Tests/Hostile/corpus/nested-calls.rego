# wants: compile rego_parse_error|limit_depth
# Calls nested twenty thousand deep.
package hostile

r := [1]
p := ⟦20000;abs(⟧1⟦20000;)⟧
