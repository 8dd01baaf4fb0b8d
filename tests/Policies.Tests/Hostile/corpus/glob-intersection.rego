# wants: limit_steps|limit_memory|limit_size|ok
# Two patterns against each other.
package hostile

p if regex.globs_match("⟦400;a*⟧", "⟦400;[a-c]+⟧")
