# wants: limit_steps|limit_memory
# Each network against each.
package hostile

t := [sprintf("10.%d.%d.0/24", [floor(i / 250), i % 250]) | some i in numbers.range(1, 8000)]
p := count(net.cidr_contains_matches(t, t))
