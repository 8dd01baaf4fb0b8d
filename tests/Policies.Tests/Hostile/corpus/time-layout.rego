# wants: limit_size|limit_memory
# A layout of a million characters.
package hostile

t := concat("", ["2006-01-02" | some _ in numbers.range(1, 100000)])
p := count(time.format([1, "UTC", t]))
