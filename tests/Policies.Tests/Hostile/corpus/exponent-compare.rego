# wants: limit_steps|limit_memory|ok
# Numbers with large exponents compared.
package hostile

p if {
	some i in numbers.range(1, 100000)
	1e30000 + i < 1e29999 + i
}
