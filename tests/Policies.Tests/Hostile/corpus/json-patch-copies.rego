# wants: limit_size|limit_steps|limit_memory
# A document that doubles by copying itself into itself.
package hostile

v0 := {"a": 1}
#> 60 v$n := json.patch(v$i, [{"op": "copy", "from": "", "path": "b$n"}])
p := v60
