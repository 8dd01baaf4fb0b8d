# wants: ok|limit_depth
# `every` inside `every`, as deep as it may be.
package hostile

p if { ⟦90;every x§ in [1] { ⟧true⟦90; }⟧ }
