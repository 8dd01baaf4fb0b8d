# wants: ok|limit_depth|compile limit_depth
# A chain of two thousand `with`.
package hostile

q := input
p if count(q) == 2000⟦2000; with input.a§ as §⟧
