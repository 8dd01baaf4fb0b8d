# wants: ok
# Sets that have one hash where it is a plain sum.
package hostile

x := numbers.range(1, 12)
p if count({s | some m in numbers.range(0, 4095); s := {v | some i in x; v := [i, [i]][bits.and(bits.rsh(m, i - 1), 1)]}}) == 4096
