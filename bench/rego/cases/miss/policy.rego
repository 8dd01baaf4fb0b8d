# The smallest decision there is: one literal, and it does not hold.
package bench.miss

default allow := false

allow if input.user.role == "admin"
