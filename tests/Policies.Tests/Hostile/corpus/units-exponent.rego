# wants: undefined|limit_size|ok
# A unit with an exponent beyond all.
package hostile

p := units.parse("1e1000000000K")
