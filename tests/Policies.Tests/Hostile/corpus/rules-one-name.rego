# wants: ok
# Ten thousand rules of one name.
package hostile

#> 10000 p if input.x == $n
p if true
