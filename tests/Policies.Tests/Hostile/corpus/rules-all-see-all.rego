# wants: undefined
# Rules that each look at a whole package.
package hostile

#> 300 r$n := count(data.other)
p if r300 == 0
