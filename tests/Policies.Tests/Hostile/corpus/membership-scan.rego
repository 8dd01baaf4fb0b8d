# wants: ok
# A list is searched for each of its items.
package hostile

big := numbers.range(1, 20000)
p := count([1 | some i in big; (i + 20000) in big])
