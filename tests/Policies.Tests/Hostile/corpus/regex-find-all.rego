# wants: limit_steps|limit_memory|limit_size
# Every place of a long text.
package hostile

t := concat("", ["ab" | some _ in numbers.range(1, 50000)])
p := count([1 | some i in numbers.range(1, 1000); count(regex.find_all_string_submatch_n("((((a))))", t, -1)) == i])
