# For the bench: an image is named by its digest.
package bench.digest

deny contains msg if {
	not regex.match(`@sha256:[0-9a-f]{64}$`, input.image)
	msg := sprintf("%s uses `%s`; an image with its digest would be right", [input.name, input.image])
}
