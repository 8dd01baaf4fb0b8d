# wants: compile rego_compile_error
# `every` inside `every`, as deep as it may be; variables that nobody uses are refused.
package hostile

p if { ⟦90;every x§ in [1] { ⟧true⟦90; }⟧ }
