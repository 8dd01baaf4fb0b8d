package lib.images_test

import data.lib.images

test_references_are_taken_apart if {
	cases := {
		"nginx": ["docker.io", "docker.io/nginx", "", ""],
		"nginx:1.29": ["docker.io", "docker.io/nginx", "1.29", ""],
		"acme/web:1": ["docker.io", "docker.io/acme/web", "1", ""],
		"ghcr.io/acme/web:1.4@sha256:ab": ["ghcr.io", "ghcr.io/acme/web", "1.4", "sha256:ab"],
		"localhost:5000/web": ["localhost:5000", "localhost:5000/web", "", ""],
		"localhost/web@sha256:cd": ["localhost", "localhost/web", "", "sha256:cd"],
	}
	every reference, wanted in cases {
		image := images.parse(reference)
		[image.registry, image.repository, image.tag, image.digest] == wanted
	}
}

test_a_prefix_ends_at_a_slash if {
	image := images.parse("ghcr.io/acme-evil/web:1")
	not images.comes_from(image, ["ghcr.io/acme"])
	images.comes_from(image, ["ghcr.io/acme-evil/"])
	images.comes_from(image, ["ghcr.io"])
	not images.comes_from(image, ["ghcr.i"])
	not images.comes_from(image, [])
}
