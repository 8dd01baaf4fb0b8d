# wants: ok
# Numbers that have one hash where it is a plain product.
package hostile

p if count({x | some i in numbers.range(1, 8000); x := i * 1125899906842624}) == 8000
