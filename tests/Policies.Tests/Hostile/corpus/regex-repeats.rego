# wants: limit_steps|limit_memory|limit_size|undefined
# Repeats of repeats.
package hostile

p if regex.match("((a{1000}){1000}){1000}", "a")
