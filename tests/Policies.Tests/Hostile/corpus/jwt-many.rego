# wants: limit_steps
# Many tokens are verified.
package hostile

p := count([1 | some i in numbers.range(1, 100000); io.jwt.verify_hs256("eyJhbGciOiJIUzI1NiJ9.e30.x", format_int(i, 10))])
