# wants: limit_size
# A shift by a billion.
package hostile

p := bits.lsh(1, 1000000000)
