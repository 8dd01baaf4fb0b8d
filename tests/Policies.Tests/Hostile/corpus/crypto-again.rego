# wants: ok
# A long text hashed again and again.
package hostile

t := concat("", ["0123456789" | some _ in numbers.range(1, 50000)])
p := count([1 | some i in numbers.range(1, 100000); crypto.sha256(t) == format_int(i, 10)])
