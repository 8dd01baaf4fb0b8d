# wants: compile rego_parse_error|limit_depth
# Objects nested twenty thousand deep.
package hostile

r := [1]
p := ⟦20000;{1: ⟧1⟦20000;}⟧
