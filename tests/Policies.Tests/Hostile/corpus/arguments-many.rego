# wants: compile rego_type_error|ok|compile rego_compile_error
# A function of a thousand arguments.
package hostile

f(⟦1000;a§, ⟧z) := z
p := f(⟦1000;§, ⟧1)
