package kubernetes

import data.lib.kubernetes as k8s

# Ephemeral containers cannot have resources.
findings contains {
	"rule": "kubernetes/resources",
	"msg": sprintf("%s sets no `resources.%s`", [container.subject, wanted]),
	"path": container.path,
} if {
	some container in k8s.containers
	container.group in {"containers", "initContainers"}
	some wanted in data.parameters.kubernetes.resources
	not has_amount(container.spec, array.concat(["resources"], split(wanted, ".")))
}

has_amount(spec, path) if {
	amount := object.get(spec, path, "")
	amount != ""
	amount != null
}

# Only a container that is meant to run for ever needs to say whether it still does.
findings contains {
	"rule": "kubernetes/probes",
	"msg": sprintf("%s has no `%s`", [container.subject, probe]),
	"path": container.path,
} if {
	some container in k8s.containers
	container.kind in k8s.long_running
	container.group == "containers"
	some probe in data.parameters.kubernetes.probes
	count(k8s.child(container.spec, probe)) == 0
}
