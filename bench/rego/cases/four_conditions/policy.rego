# Four conditions on the input, all of which hold.
package bench.four_conditions

default allow := false

allow if {
	input.user.role == "admin"
	input.user.mfa
	input.user.level >= 5
	input.source.zone != "public"
}
