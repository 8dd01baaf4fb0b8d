# wants: limit_steps|limit_memory
# Many operations on a growing list.
package hostile

p := count(json.patch([], [{"op": "add", "path": "0", "value": i} | some i in numbers.range(1, 20000)]))
