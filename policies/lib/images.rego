# METADATA
# title: Container image references
# description: |
#   Takes a reference such as `ghcr.io/acme/web:1.4@sha256:…` apart, by the grammar of the OCI distribution's reference format.
package lib.images

# The parts of a reference; a tag or a digest that is not there is the empty string.
parse(reference) := {
	"registry": registry(segments),
	"repository": concat("/", [registry(segments), path]),
	"tag": concat(":", array.slice(tagged, 1, count(tagged))),
	"digest": concat("@", array.slice(parts, 1, count(parts))),
} if {
	parts := split(reference, "@")
	segments := split(parts[0], "/")
	tagged := split(segments[count(segments) - 1], ":")
	inner := array.slice(segments, first_path_segment(segments), count(segments) - 1)
	path := concat("/", array.concat(inner, [tagged[0]]))
}

# Where nothing that looks like a host stands in front, Docker Hub is meant.
registry(segments) := segments[0] if names_host(segments)

registry(segments) := "docker.io" if not names_host(segments)

first_path_segment(segments) := 1 if names_host(segments)

first_path_segment(segments) := 0 if not names_host(segments)

names_host(segments) if {
	count(segments) > 1
	regex.match(`[.:]|^localhost$`, segments[0])
}

# Whether the image comes from one of the prefixes: a registry, or a registry and leading parts of the path.
comes_from(image, prefixes) if {
	some prefix in prefixes
	wanted := trim_suffix(prefix, "/")
	startswith(sprintf("%s/", [image.repository]), sprintf("%s/", [wanted]))
}
