# wants: undefined
# The document of a package of many rules.
package hostile

#> 3000 r$n := numbers.range(1, 1000)
q := 1
p := count(data.hostile.inner)
