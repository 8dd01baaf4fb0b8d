# wants: undefined|compile limit_depth|compile rego_parse_error|limit_depth
# Paths in brackets of paths.
package hostile

p := ⟦300;input[⟧1⟦300;]⟧
