package kubernetes

import data.lib.kubernetes as k8s

findings contains {
	"rule": "kubernetes/default-namespace",
	"msg": sprintf("%s goes to the namespace `default`; a namespace of its own would be right", [k8s.subject(found)]),
	"path": array.concat(found.path, ["metadata", "namespace"]),
} if {
	some found in k8s.manifests
	found.namespace == "default"
}

findings contains {
	"rule": "kubernetes/namespace-given",
	"msg": sprintf("%s names no namespace, so where it goes depends on who applies it", [k8s.subject(found)]),
	"path": found.path,
} if {
	some found in k8s.manifests
	found.kind in object.keys(k8s.pod_spec_paths)
	found.namespace == ""
}

findings contains {
	"rule": "kubernetes/plain-secret",
	"msg": sprintf("%s carries its values in Git, where everyone with access reads them; a sealed or external secret would be right", [k8s.subject(found)]),
	"path": array.concat(found.path, [part]),
} if {
	some found in k8s.manifests
	found.kind == "Secret"
	some part in ["data", "stringData"]
	count(k8s.child(found.object, part)) > 0
}

# Versions that API servers no longer answer to (Kubernetes documentation, "Deprecated API Migration Guide").
removed_versions := {
	"apps/v1beta1": "apps/v1",
	"apps/v1beta2": "apps/v1",
	"autoscaling/v2beta1": "autoscaling/v2",
	"autoscaling/v2beta2": "autoscaling/v2",
	"batch/v1beta1": "batch/v1",
	"extensions/v1beta1": "apps/v1 or networking.k8s.io/v1",
	"networking.k8s.io/v1beta1": "networking.k8s.io/v1",
	"policy/v1beta1": "policy/v1",
	"rbac.authorization.k8s.io/v1beta1": "rbac.authorization.k8s.io/v1",
	"storage.k8s.io/v1beta1": "storage.k8s.io/v1",
}

findings contains {
	"rule": "kubernetes/removed-version",
	"msg": sprintf("%s is written for `%s`, which is gone; `%s` would be right", [k8s.subject(found), version, removed_versions[version]]),
	"path": array.concat(found.path, ["apiVersion"]),
} if {
	some found in k8s.manifests
	version := found.object.apiVersion
	removed_versions[version]
}
