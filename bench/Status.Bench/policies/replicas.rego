# For the bench: a service runs in at least two and at most twenty copies.
package bench.replicas

deny contains msg if {
	not input.replicas in numbers.range(2, 20)
	msg := sprintf("%s runs in %v copies; between 2 and 20 would be right", [input.name, input.replicas])
}
