# wants: ok|compile rego_compile_error
# Many declared variables.
package hostile

p if {
	some ⟦500;v§, ⟧z
⟦500;	v§ = §
⟧	z = 1
}
