# wants: undefined
# A run is searched in a list that nearly holds it everywhere.
package hostile

big := [0 | some i in numbers.range(1, 20000)]
run := array.concat([0 | some i in numbers.range(1, 10000)], [1])
p if object.subset(big, run)
