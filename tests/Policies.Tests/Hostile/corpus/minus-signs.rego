# wants: compile rego_parse_error
# Signs of signs.
package hostile

p := ⟦20000;-⟧1
