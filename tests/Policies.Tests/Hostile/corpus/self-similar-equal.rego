# wants: limit_steps
# Two such values compared.
package hostile

v0 := [1, 2]
#> 60 v$n := [v$i, v$i]
w0 := [1, 2]
#> 60 w$n := [w$i, w$i]
p if v60 == w60
