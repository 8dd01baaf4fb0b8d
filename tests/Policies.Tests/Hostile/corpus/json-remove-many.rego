# wants: limit_steps|limit_memory|ok
# Many paths.
package hostile

p := count(json.remove({"a": 1}, [sprintf("a/%d/b/c/d/e", [i]) | some i in numbers.range(1, 20000)]))
