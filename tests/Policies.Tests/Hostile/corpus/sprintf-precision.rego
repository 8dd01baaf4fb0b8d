# wants: limit_size|ok
# A precision of a billion.
package hostile

p := count(sprintf("%.1000000000f", [1.5]))
