# wants: limit_memory
# A slice for each pair.
package hostile

big := numbers.range(1, 5000)
p := count([1 | some i in big; some j in big; count(array.slice(big, 0, j)) == i + 5000])
