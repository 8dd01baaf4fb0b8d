# wants: compile rego_recursion_error
# A rule that may reach itself.
package hostile

p := x if {
	some k
	x := data.hostile[k]
}
