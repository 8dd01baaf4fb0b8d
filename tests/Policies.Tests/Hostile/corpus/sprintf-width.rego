# wants: limit_size|ok
# A width of a billion.
package hostile

p := count(sprintf("%1000000000d", [1]))
