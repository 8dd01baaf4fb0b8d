# wants: limit_size|limit_memory
# JSON in JSON in JSON.
package hostile

s0 := "\"\"\"\"\"\"\"\""
#> 40 s$n := json.marshal([s$i, s$i])
p := count(s40)
