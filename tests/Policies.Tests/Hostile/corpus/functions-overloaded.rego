# wants: ok
# A function of two thousand cases.
package hostile

#> 2000 f($n) := $n
p if f(2000) == 2000
