# wants: ok
# Lists that have one hash where each item is weighed by its place.
package hostile

p if count({[a, b] | some a in numbers.range(1, 100); some i in numbers.range(1, 50); b := 31 * (1000 - a) + i}) == 5000
