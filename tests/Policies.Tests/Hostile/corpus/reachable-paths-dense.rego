# wants: limit_steps|limit_memory
# All paths of a dense graph.
package hostile

g[format_int(i, 10)] := [format_int(j, 10) | some j in numbers.range(1, 30); j != i] if some i in numbers.range(1, 30)
p := count(graph.reachable_paths(g, {"1"}))
