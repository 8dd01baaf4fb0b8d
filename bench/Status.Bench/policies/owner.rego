# For the bench: a service has an owner.
package bench.owner

deny contains msg if {
	object.get(input, ["labels", "owner"], "") == ""
	msg := sprintf("%s has no owner", [input.name])
}
