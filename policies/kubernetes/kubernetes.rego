# METADATA
# title: Kubernetes
# description: |
#   What a Kubernetes manifest must not ask for. Asked once per document: `input` is one manifest, or one list of manifests.
#   Documents of other kinds have no findings.
# custom:
#   input: document
package kubernetes

import data.lib.kubernetes as k8s
import data.lib.weights

# METADATA
# entrypoint: true
# description: Findings that block. Each has `msg`, `rule` and the `path` of what is wrong inside the document.
deny contains finding if {
	some finding in findings
	weights.of(finding.rule) == "deny"
}

# METADATA
# entrypoint: true
# description: Findings that are shown and do not block.
warn contains finding if {
	some finding in findings
	weights.of(finding.rule) == "warn"
}

# A workload that cannot be looked into cannot be allowed.
findings contains {
	"rule": "kubernetes/unreadable",
	"msg": sprintf("%s has no list of containers at `%s`", [pod.subject, concat(".", array.concat(relative, ["containers"]))]),
	"path": pod.path,
} if {
	some pod in k8s.pods
	relative := k8s.pod_spec_paths[pod.kind]
	not has_containers(pod)
}

findings contains {
	"rule": "kubernetes/unreadable",
	"msg": "a list inside a list is not looked into; put its items side by side",
	"path": found.path,
} if {
	some found in k8s.manifests
	count(found.path) > 0
	endswith(found.kind, "List")
	found.object.items
}

findings contains {
	"rule": "kubernetes/unreadable",
	"msg": sprintf("item %d of the list is not an object", [i]),
	"path": ["items", i],
} if {
	k8s.is_list
	some i, item in input.items
	not is_object(item)
}

has_containers(pod) if {
	is_array(pod.spec.containers)
	count(pod.spec.containers) > 0
	every container in pod.spec.containers {
		is_object(container)
	}
}
