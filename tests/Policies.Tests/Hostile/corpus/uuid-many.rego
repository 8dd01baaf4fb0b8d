# wants: limit_memory|limit_steps
# Identifiers without end.
package hostile

p := count([1 | some i in numbers.range(1, 1000); some j in numbers.range(1, 1000); uuid.rfc4122(sprintf("%d-%d", [i, j])) == "x"])
