# wants: compile rego_parse_error|limit_depth
# Brackets nested twenty thousand deep.
package hostile

r := [1]
p := ⟦20000;r[⟧1⟦20000;]⟧
