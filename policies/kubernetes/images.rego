package kubernetes

import data.lib.images
import data.lib.kubernetes as k8s

findings contains {
	"rule": "kubernetes/image-given",
	"msg": sprintf("%s names no image", [container.subject]),
	"path": container.path,
} if {
	some container in k8s.containers
	not is_string(object.get(container.spec, "image", null))
}

findings contains {
	"rule": "kubernetes/image-tag",
	"msg": sprintf("%s uses `%s` without a tag; a fixed tag or a digest would be right", [use.subject, use.reference]),
	"path": use.path,
} if {
	some use in image_uses
	use.image.tag == ""
	use.image.digest == ""
}

findings contains {
	"rule": "kubernetes/image-tag",
	"msg": sprintf("%s uses `%s`, whose tag `latest` moves; a fixed tag or a digest would be right", [use.subject, use.reference]),
	"path": use.path,
} if {
	some use in image_uses
	use.image.tag == "latest"
	use.image.digest == ""
}

findings contains {
	"rule": "kubernetes/image-digest",
	"msg": sprintf("%s uses `%s` without a digest, so what runs can change under its tag", [use.subject, use.reference]),
	"path": use.path,
} if {
	some use in image_uses
	use.image.digest == ""
}

# An empty list of registries restricts nothing.
findings contains {
	"rule": "kubernetes/image-registry",
	"msg": sprintf("%s takes `%s` from `%s`; allowed are `%s`", [
		use.subject, use.reference, use.image.registry,
		concat("`, `", registries),
	]),
	"path": use.path,
} if {
	registries := data.parameters.kubernetes.registries
	count(registries) > 0
	some use in image_uses
	not images.comes_from(use.image, registries)
}

image_uses contains use if {
	some container in k8s.containers
	is_string(container.spec.image)
	use := {
		"subject": container.subject,
		"reference": container.spec.image,
		"image": images.parse(container.spec.image),
		"path": array.concat(container.path, ["image"]),
	}
}
