# wants: limit_steps|limit_memory
# Many objects that grow.
package hostile

p := count(object.union_n([{format_int(i, 10): {"x": 1}} | some i in numbers.range(1, 20000)]))
