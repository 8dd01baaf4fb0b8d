# wants: compile rego_parse_error
# Negations of negations.
package hostile

p if ⟦20000;not ⟧true
