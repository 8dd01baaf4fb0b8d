# wants: compile rego_recursion_error
# A cycle of a thousand rules.
package hostile

#> 1000 c$n := c$i
c0 := c1000
p := c0
