# wants: ok|limit_depth
# Lists as deep as may be.
package hostile

p if count(⟦250;[⟧1⟦250;]⟧) == 1
