# For the bench: names are short and in lower case.
package bench.name

deny contains msg if {
	not regex.match(`^[a-z][a-z0-9-]{0,62}$`, input.name)
	msg := sprintf("`%s` is no good name", [input.name])
}
