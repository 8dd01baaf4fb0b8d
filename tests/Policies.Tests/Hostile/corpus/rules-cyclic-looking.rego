# wants: ok
# References that look like a cycle and are none.
package hostile

a.b := 1
a.c := a.b
a.d := data.hostile.a.c
p if a.d == 1
