# wants: ok
# Ten thousand rules.
package hostile

#> 10000 r$n := $n
p if r10000 == 10000
