# wants: compile rego_parse_error|limit_depth
# Calls nested deeply, and never closed.
package hostile

r := [1]
p := ⟦5000;abs(⟧1
