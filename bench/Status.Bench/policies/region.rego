# For the bench: services run where we may.
package bench.region

allowed := {"eu-west-1", "eu-central-1"}

deny contains msg if {
	some region in input.regions
	not region in allowed
	msg := sprintf("%s runs in `%s`", [input.name, region])
}
