# wants: limit_steps|limit_memory
# A large program on a long text.
package hostile

t := concat("", ["ab" | some _ in numbers.range(1, 50000)])
p if regex.match("(a|b)*a(a|b){900}c", concat("", [t, "é"]))
