# wants: limit_steps|limit_memory|ok
# All nodes of a dense graph.
package hostile

all := numbers.range(1, 1000)
g[i] := all if some i in all
p := count(graph.reachable(g, {1}))
