# wants: undefined
# Dates beyond the range of time.
package hostile

p := time.add_date(9223372036854775807, 999999999, 999999999, 999999999)
