# METADATA
# title: Kubernetes manifests
# description: |
#   Finds the pods and containers that a manifest asks for, wherever its kind keeps them, each with its path in the document.
package lib.kubernetes

# Where each kind keeps its pod's spec.
pod_spec_paths := {
	"CronJob": ["spec", "jobTemplate", "spec", "template", "spec"],
	"DaemonSet": ["spec", "template", "spec"],
	"Deployment": ["spec", "template", "spec"],
	"Job": ["spec", "template", "spec"],
	"Pod": ["spec"],
	"PodTemplate": ["template", "spec"],
	"ReplicaSet": ["spec", "template", "spec"],
	"ReplicationController": ["spec", "template", "spec"],
	"Rollout": ["spec", "template", "spec"],
	"StatefulSet": ["spec", "template", "spec"],
}

container_groups := ["containers", "initContainers", "ephemeralContainers"]

# Kinds whose pods are meant to run for ever.
long_running := {"DaemonSet", "Deployment", "ReplicaSet", "ReplicationController", "Rollout", "StatefulSet"}

is_list if {
	endswith(input.kind, "List")
	is_string(input.apiVersion)
	input.items
}

# The manifests of the document: itself, or the items of a list. Items of a typed list such as `PodList` may leave out their kind.
manifests contains manifest([], input, input.kind) if {
	is_string(input.apiVersion)
	is_string(input.kind)
	not is_list
}

manifests contains manifest(["items", i], item, object.get(item, "kind", trim_suffix(input.kind, "List"))) if {
	is_list
	some i, item in input.items
	is_object(item)
}

manifest(path, object, kind) := {
	"path": path,
	"object": object,
	"kind": kind,
	"name": text(metadata, "name", text(metadata, "generateName", "")),
	"namespace": text(metadata, "namespace", ""),
} if {
	metadata := child(object, "metadata")
}

# The workloads: manifests of a kind that runs pods. `spec` is `null` where it cannot be read.
pods contains pod if {
	some found in manifests
	relative := pod_spec_paths[found.kind]
	pod := {
		"kind": found.kind,
		"name": found.name,
		"subject": subject(found),
		"path": array.concat(found.path, relative),
		"spec": object.get(found.object, relative, null),
	}
}

containers contains container if {
	some pod in pods
	some group in container_groups
	some i, spec in pod.spec[group]
	is_object(spec)
	container := {
		"kind": pod.kind,
		"group": group,
		"subject": sprintf("container `%v` of %s", [object.get(spec, "name", i), pod.subject]),
		"path": array.concat(pod.path, [group, i]),
		"spec": spec,
		"security": object.union(child(pod.spec, "securityContext"), child(spec, "securityContext")),
	}
}

# "Deployment `web`"
subject(found) := sprintf("%s `%s`", [found.kind, found.name])

# A part of an object that should be an object; what is missing or something else counts as empty.
default child(_, _) := {}

child(parent, key) := parent[key] if is_object(parent[key])

# A string of an object, or the fallback.
text(parent, key, _) := parent[key] if is_string(parent[key])

text(parent, key, fallback) := fallback if not is_string(object.get(parent, key, null))
