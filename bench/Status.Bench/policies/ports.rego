# For the bench: ports are not privileged.
package bench.ports

deny contains msg if {
	some port in input.ports
	port.number < 1024
	msg := sprintf("%s listens at %d", [input.name, port.number])
}
