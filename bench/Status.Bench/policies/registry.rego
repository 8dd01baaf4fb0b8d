# For the bench: images come from one registry.
package bench.registry

deny contains msg if {
	not startswith(input.image, "registry.example.org/")
	msg := sprintf("%s takes its image from elsewhere: `%s`", [input.name, input.image])
}
