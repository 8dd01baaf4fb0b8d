# wants: limit_size
# Every address of the next Internet.
package hostile

p := count(net.cidr_expand("::/0"))
