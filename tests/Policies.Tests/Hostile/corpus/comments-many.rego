# wants: ok
# Comments without end.
package hostile

#> 20000 # $n
p if true
