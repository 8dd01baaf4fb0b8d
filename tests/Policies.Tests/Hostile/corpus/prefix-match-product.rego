# wants: limit_steps
# Each text against each prefix.
package hostile

t := {sprintf("a%d", [i]) | some i in numbers.range(1, 10000)}
p if strings.any_prefix_match(t, {sprintf("b%d", [i]) | some i in numbers.range(1, 10000)})
