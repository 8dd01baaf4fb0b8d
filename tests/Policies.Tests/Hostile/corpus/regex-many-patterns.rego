# wants: limit_steps|limit_memory
# A new pattern for each step.
package hostile

p := count([1 | some i in numbers.range(1, 100000); regex.match(sprintf("(%d|[a-z]{%d})+x{1,500}$", [i, i % 900]), "abc")])
