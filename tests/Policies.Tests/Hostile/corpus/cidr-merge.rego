# wants: limit_steps|limit_memory|ok
# Many networks merged.
package hostile

t := [sprintf("10.%d.%d.%d/32", [floor(i / 40000), floor(i / 200) % 200, (i * 2) % 200]) | some i in numbers.range(1, 20000)]
p if count(net.cidr_merge(t)) > 1
