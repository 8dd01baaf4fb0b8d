# wants: limit_depth
# Sets of sets.
package hostile

s0 := {1}
#> 5000 s$n contains x if some x in s$i
p := s5000
