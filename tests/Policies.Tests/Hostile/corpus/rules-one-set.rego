# wants: ok
# Ten thousand rules of one set.
package hostile

#> 10000 s contains $n
p if count(s) == 10000
