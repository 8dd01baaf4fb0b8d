# wants: ok|limit_depth|limit_steps
# A template of two thousand parts.
package hostile

p if count($"⟦2000;{1 + §}⟧") > 0
