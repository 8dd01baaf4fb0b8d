# wants: limit_size|ok
# A number with a large exponent.
package hostile

p if 1e30000 * 1e30000 * 1e30000 * 1e30000 * 1e30000 * 1e30000 > 0
