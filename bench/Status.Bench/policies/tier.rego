# For the bench: a gold service has a runbook.
package bench.tier

deny contains msg if {
	input.tier == "gold"
	not startswith(object.get(input, "runbook", ""), "https://")
	msg := sprintf("%s is gold and has no runbook", [input.name])
}
