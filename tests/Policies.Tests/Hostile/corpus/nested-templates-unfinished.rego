# wants: compile rego_parse_error|limit_depth
# Templates nested deeply, and never closed.
package hostile

r := [1]
p := ⟦5000;$"{⟧1
