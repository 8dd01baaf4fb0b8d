# wants: limit_size
# Shifts of shifts.
package hostile

p := bits.lsh(bits.lsh(bits.lsh(bits.lsh(bits.lsh(1, 65536), 65536), 65536), 65536), 65536)
