# wants: limit_steps|limit_memory|limit_size|undefined|ok
# Choices of choices.
package hostile

p if glob.match("⟦60;{a,b}⟧⟦60;{a,{b,{c,d}}}⟧", [], "x")
