# wants: compile rego_parse_error|limit_depth
# `every` inside `every`.
package hostile

p if { ⟦3000;every x in [1] { ⟧true⟦3000; }⟧ }
