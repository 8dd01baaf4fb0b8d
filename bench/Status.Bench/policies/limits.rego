# For the bench: memory is limited.
package bench.limits

deny contains msg if {
	not input.limits.memory
	msg := sprintf("%s has no limit of memory", [input.name])
}
