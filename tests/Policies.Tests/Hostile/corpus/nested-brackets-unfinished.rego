# wants: compile rego_parse_error|limit_depth
# Brackets nested deeply, and never closed.
package hostile

r := [1]
p := ⟦5000;r[⟧1
