package cost

import data.lib.kubernetes as k8s

# Kinds that say themselves how many pods there are.
scalable := {"Deployment", "ReplicaSet", "ReplicationController", "Rollout", "StatefulSet"}

# Where kinds that scale others say how many pods there may be.
scalers := {
	"HorizontalPodAutoscaler": ["spec", "maxReplicas"],
	"ScaledObject": ["spec", "maxReplicaCount"],
}

replica_paths contains {"manifest": found, "path": ["spec", "replicas"]} if {
	some found in k8s.manifests
	found.kind in scalable
}

replica_paths contains {"manifest": found, "path": scalers[found.kind]} if some found in k8s.manifests

findings contains {
	"rule": "cost/replicas",
	"msg": sprintf("%s asks for %v replicas; at most %v would be right", [k8s.subject(place.manifest), replicas, limits.replicas]),
	"path": array.concat(place.manifest.path, place.path),
} if {
	some place in replica_paths
	replicas := object.get(place.manifest.object, place.path, null)
	is_number(replicas)
	replicas > limits.replicas
}

# Each workload with what all of its pods ask for together, by resource.
workloads contains {
	"subject": k8s.subject(found),
	"path": array.concat(found.path, relative),
	"replicas": replicas,
	"amounts": {resource: [amount | some container in containers; amount := amount_of(container, resource)] |
		some resource in ["cpu", "memory"]
	},
} if {
	some found in k8s.manifests
	relative := k8s.pod_spec_paths[found.kind]
	replicas := replicas_of(found.object)
	containers := [container |
		some container in object.get(found.object, array.concat(relative, ["containers"]), [])
		is_object(container)
	]
}

default replicas_of(_) := 1

replicas_of(object) := object.spec.replicas if is_number(object.spec.replicas)

# A container that names only a limit requests as much (Kubernetes documentation, "Resource Management for Pods and Containers").
amount_of(container, resource) := amount if {
	some kind in ["requests", "limits"]
	amount := container.resources[kind][resource]
	kind == first_kind(container, resource)
}

first_kind(container, resource) := "requests" if {
	object.get(container, ["resources", "requests", resource], null) != null
} else := "limits"

findings contains {
	"rule": "cost/compute",
	"msg": sprintf(
		"%s asks for %v of %s in all its %v replicas; at most %v would be right",
		[workload.subject, shown(resource, total), resource, workload.replicas, limits[resource]],
	),
	"path": workload.path,
} if {
	some workload in workloads
	some resource in ["cpu", "memory"]
	total := workload.replicas * sum([quantity(resource, amount) | some amount in workload.amounts[resource]])
	total > quantity(resource, limits[resource])
}

# What cannot be read cannot be counted, and is not taken for nothing. What is empty is a matter of `kubernetes/resources`.
findings contains {
	"rule": "cost/unreadable",
	"msg": sprintf("%s: `%v` is no quantity of %s; for instance `%s` would be right", [workload.subject, amount, resource, example]),
	"path": workload.path,
} if {
	some workload in workloads
	some resource, example in {"cpu": "500m", "memory": "256Mi"}
	limits[resource]
	some amount in workload.amounts[resource]
	not amount in {"", null}
	not quantity(resource, amount)
}

shown("cpu", total) := sprintf("%v", [total])

shown("memory", total) := sprintf("%vGi", [round((total * 10) / 1073741824) / 10])

claims contains {"subject": k8s.subject(found), "path": array.concat(found.path, ["spec"]), "spec": found.object.spec} if {
	some found in k8s.manifests
	found.kind == "PersistentVolumeClaim"
}

claims contains {
	"subject": sprintf("volume claim %d of %s", [i, k8s.subject(found)]),
	"path": array.concat(found.path, ["spec", "volumeClaimTemplates", i, "spec"]),
	"spec": template.spec,
} if {
	some found in k8s.manifests
	found.kind == "StatefulSet"
	some i, template in found.object.spec.volumeClaimTemplates
}

findings contains {
	"rule": "cost/storage",
	"msg": sprintf("%s asks for %v; at most %v would be right", [claim.subject, asked, limits.storage]),
	"path": array.concat(claim.path, ["resources", "requests", "storage"]),
} if {
	some claim in claims
	asked := claim.spec.resources.requests.storage
	quantity("memory", asked) > quantity("memory", limits.storage)
}

findings contains {
	"rule": "cost/unreadable",
	"msg": sprintf("%s: `%v` is no quantity of storage; for instance `20Gi` would be right", [claim.subject, asked]),
	"path": array.concat(claim.path, ["resources", "requests", "storage"]),
} if {
	limits.storage
	some claim in claims
	asked := claim.spec.resources.requests.storage
	not quantity("memory", asked)
}

findings contains {
	"rule": "cost/load-balancer",
	"msg": sprintf("%s has a load balancer of its own, which is paid for by the hour; an ingress or gateway shares one", [k8s.subject(found)]),
	"path": array.concat(found.path, ["spec", "type"]),
} if {
	some found in k8s.manifests
	found.kind == "Service"
	found.object.spec.type == "LoadBalancer"
	not found.namespace in object.get(limits, "loadBalancerNamespaces", [])
}
