package kubernetes

import data.lib.kubernetes as k8s

findings contains {
	"rule": "kubernetes/privileged",
	"msg": sprintf("%s is privileged, which gives it the whole node", [container.subject]),
	"path": array.concat(container.path, ["securityContext", "privileged"]),
} if {
	some container in k8s.containers
	is_set_to_other_than(container.security, "privileged", false)
}

findings contains {
	"rule": "kubernetes/privilege-escalation",
	"msg": sprintf("%s does not set `securityContext.allowPrivilegeEscalation` to `false`", [container.subject]),
	"path": container.path,
} if {
	some container in k8s.containers
	object.get(container.security, "allowPrivilegeEscalation", true) != false
}

findings contains {
	"rule": "kubernetes/capabilities",
	"msg": sprintf("%s adds the capability `%v`; allowed are `%s`", [container.subject, added, concat("`, `", allowed)]),
	"path": array.concat(container.path, ["securityContext", "capabilities", "add", i]),
} if {
	some container in k8s.containers
	allowed := data.parameters.kubernetes.capabilities
	some i, added in k8s.child(container.security, "capabilities").add
	not added in allowed
}

findings contains {
	"rule": "kubernetes/run-as-root",
	"msg": sprintf("%s runs as user 0, which is root", [container.subject]),
	"path": container.path,
} if {
	some container in k8s.containers
	container.security.runAsUser == 0
}

findings contains {
	"rule": "kubernetes/run-as-root",
	"msg": sprintf("%s may run as root; `securityContext.runAsNonRoot: true` would be right", [container.subject]),
	"path": container.path,
} if {
	some container in k8s.containers
	object.get(container.security, "runAsNonRoot", false) != true
	not is_plain_user(container.security)
}

is_plain_user(security) if {
	is_number(security.runAsUser)
	security.runAsUser > 0
}

# A user 0 has its own, plainer finding.
is_plain_user(security) if security.runAsUser == 0

findings contains {
	"rule": "kubernetes/host-namespaces",
	"msg": sprintf("%s sets `%s`, which shares the node's own", [pod.subject, shared]),
	"path": array.concat(pod.path, [shared]),
} if {
	some pod in k8s.pods
	some shared in ["hostNetwork", "hostPID", "hostIPC"]
	is_set_to_other_than(pod.spec, shared, false)
}

findings contains {
	"rule": "kubernetes/host-path",
	"msg": sprintf("%s mounts `%v` of the node as volume `%v`", [pod.subject, object.get(volume, ["hostPath", "path"], "?"), volume.name]),
	"path": array.concat(pod.path, ["volumes", i]),
} if {
	some pod in k8s.pods
	some i, volume in pod.spec.volumes
	"hostPath" in object.keys(volume)
}

# Anything but the harmless value counts, so that `"true"` or `1` do not slip through.
is_set_to_other_than(parent, key, harmless) if {
	value := object.get(parent, key, harmless)
	value != harmless
	value != null
}
