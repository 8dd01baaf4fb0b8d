# wants: compile rego_parse_error
# A number beyond all.
package hostile

p := 1e1000000000
