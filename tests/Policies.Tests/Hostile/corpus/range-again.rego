# wants: ok|limit_memory
# Many ranges.
package hostile

p := sum([count(numbers.range(1, 100000)) | some _ in numbers.range(1, 100000)])
