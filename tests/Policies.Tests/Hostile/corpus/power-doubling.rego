# wants: limit_size
# Repeated squaring.
package hostile

q0 := 7
#> 60 q$n := q$i * q$i
p := q60
