# wants: limit_depth
# Functions that call one another.
package hostile

f0(x) := x
#> 5000 f$n(x) := f$i(x) + 1
p := f5000(1)
