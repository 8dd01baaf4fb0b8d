# For the bench: no secret stands in the environment.
package bench.secrets

deny contains msg if {
	some variable in input.env
	regex.match(`(?i)(password|token|secret)`, variable.name)
	msg := sprintf("%s has `%s` in its environment", [input.name, variable.name])
}
