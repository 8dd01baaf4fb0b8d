# wants: compile rego_parse_error
# A text that never ends.
package hostile

p := "⟦100000;a⟧
