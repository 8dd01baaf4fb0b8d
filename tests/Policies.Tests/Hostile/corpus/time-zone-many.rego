# wants: limit_steps|limit_memory|undefined|ok
# Many time zones that are none.
package hostile

p := count([1 | some i in numbers.range(1, 50000); time.clock([1, sprintf("Nowhere/%d", [i])])])
