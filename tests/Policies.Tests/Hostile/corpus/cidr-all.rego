# wants: limit_size
# Every address there is.
package hostile

p := count(net.cidr_expand("0.0.0.0/0"))
