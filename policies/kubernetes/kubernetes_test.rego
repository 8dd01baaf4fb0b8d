package kubernetes.tests

import data.kubernetes

good_container := {
	"name": "app",
	"image": "ghcr.io/acme/web:1.4@sha256:0123",
	"resources": {"limits": {"memory": "64Mi"}, "requests": {"cpu": "10m", "memory": "64Mi"}},
	"livenessProbe": {"httpGet": {"path": "/live", "port": 8080}},
	"readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}},
	"securityContext": {"allowPrivilegeEscalation": false, "runAsNonRoot": true},
}

deployment(containers) := {
	"apiVersion": "apps/v1",
	"kind": "Deployment",
	"metadata": {"name": "web", "namespace": "shop"},
	"spec": {"template": {"spec": {"containers": containers}}},
}

with_container(change) := deployment([object.union(good_container, change)])

# Everything that is found, whatever its weight, as "rule path" lines.
found(document) := {line |
	some finding in kubernetes.findings with input as document
	line := sprintf("%s %s", [finding.rule, concat("/", [sprintf("%v", [part]) | some part in finding.path])])
}

app := "spec/template/spec/containers/0"

test_a_good_deployment_has_no_findings if {
	count(found(deployment([good_container]))) == 0
}

test_documents_that_are_no_manifests_have_no_findings if {
	every document in [{}, {"kind": "Deployment"}, [], "text", null, {"name": "package", "version": "1"}] {
		count(found(document)) == 0
	}
}

test_each_container_rule_finds_its_fault if {
	cases := [
		[{"image": "nginx"}, {sprintf("kubernetes/image-tag %s/image", [app]), sprintf("kubernetes/image-digest %s/image", [app])}],
		[{"image": "nginx:latest"}, {sprintf("kubernetes/image-tag %s/image", [app]), sprintf("kubernetes/image-digest %s/image", [app])}],
		[{"image": "nginx:1.29"}, {sprintf("kubernetes/image-digest %s/image", [app])}],
		[{"image": "nginx:latest@sha256:01"}, set()],
		[{"image": 5}, {sprintf("kubernetes/image-given %s", [app])}],
		[{"resources": null}, {sprintf("kubernetes/resources %s", [app])}],
		[{"livenessProbe": null}, {sprintf("kubernetes/probes %s", [app])}],
		[{"securityContext": {"privileged": true}}, {sprintf("kubernetes/privileged %s/securityContext/privileged", [app])}],
		[{"securityContext": {"privileged": "yes"}}, {sprintf("kubernetes/privileged %s/securityContext/privileged", [app])}],
		[{"securityContext": {"privileged": false}}, set()],
		[{"securityContext": {"allowPrivilegeEscalation": true}}, {sprintf("kubernetes/privilege-escalation %s", [app])}],
		[{"securityContext": {"runAsUser": 0}}, {sprintf("kubernetes/run-as-root %s", [app])}],
		[{"securityContext": {"runAsNonRoot": false}}, {sprintf("kubernetes/run-as-root %s", [app])}],
		[{"securityContext": {"runAsNonRoot": false, "runAsUser": 1000}}, set()],
		[
			{"securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE", "SYS_ADMIN"]}}},
			{sprintf("kubernetes/capabilities %s/securityContext/capabilities/add/1", [app])},
		],
	]
	every c in cases {
		found(with_container(c[0])) == c[1]
	}
}

test_the_pods_security_context_holds_unless_the_container_has_its_own if {
	bare := object.remove(good_container, ["securityContext"])
	pod := {"securityContext": {"runAsNonRoot": true, "allowPrivilegeEscalation": false}, "containers": [bare]}
	document := json.patch(deployment([]), [{"op": "replace", "path": "spec/template/spec", "value": pod}])
	count(found(document)) == 0
	count(found(deployment([bare]))) == 2
}

test_each_pod_rule_finds_its_fault if {
	cases := [
		[{"hostNetwork": true}, {"kubernetes/host-namespaces spec/hostNetwork"}],
		[{"hostPID": true}, {"kubernetes/host-namespaces spec/hostPID"}],
		[{"hostIPC": true, "hostPID": false}, {"kubernetes/host-namespaces spec/hostIPC"}],
		[{"volumes": [{"name": "a", "emptyDir": {}}, {"name": "b", "hostPath": {"path": "/"}}]}, {"kubernetes/host-path spec/volumes/1"}],
	]
	every c in cases {
		pod := {
			"apiVersion": "v1",
			"kind": "Pod",
			"metadata": {"name": "p", "namespace": "shop"},
			"spec": object.union({"containers": [good_container]}, c[0]),
		}
		found(pod) == c[1]
	}
}

test_every_kind_of_workload_is_looked_into if {
	privileged := {"containers": [object.union(good_container, {"securityContext": {"privileged": true}})]}
	template := {"spec": privileged}
	specs := {
		"Pod": privileged,
		"Deployment": {"template": template},
		"StatefulSet": {"template": template},
		"DaemonSet": {"template": template},
		"ReplicaSet": {"template": template},
		"Job": {"template": template},
		"CronJob": {"jobTemplate": {"spec": {"template": template}}},
	}
	every kind, spec in specs {
		document := {"apiVersion": "v1", "kind": kind, "metadata": {"name": "x", "namespace": "shop"}, "spec": spec}
		some finding in kubernetes.deny with input as document
		finding.rule == "kubernetes/privileged"
		object.get(document, finding.path, null) == true
	}
}

test_init_and_ephemeral_containers_are_looked_into if {
	every group in ["initContainers", "ephemeralContainers"] {
		pod := {"containers": [good_container], group: [{"name": "side", "image": "busybox:latest"}]}
		document := json.patch(deployment([]), [{"op": "replace", "path": "spec/template/spec", "value": pod}])
		sprintf("kubernetes/image-tag spec/template/spec/%s/0/image", [group]) in found(document)
	}
}

test_a_job_needs_no_probes if {
	bare := object.remove(good_container, ["livenessProbe", "readinessProbe"])
	job := object.union(deployment([bare]), {"kind": "Job", "apiVersion": "batch/v1"})
	count(found(job)) == 0
}

test_items_of_a_list_are_looked_into if {
	list := {"apiVersion": "v1", "kind": "List", "items": [deployment([good_container]), with_container({"image": "nginx"})]}
	"kubernetes/image-tag items/1/spec/template/spec/containers/0/image" in found(list)
	nested := {"apiVersion": "v1", "kind": "List", "items": [list, 7]}
	{"kubernetes/unreadable items/0", "kubernetes/unreadable items/1"} == found(nested)
	pods := {"apiVersion": "v1", "kind": "PodList", "items": [{"metadata": {"name": "p"}, "spec": {"hostPID": true, "containers": [good_container]}}]}
	"kubernetes/host-namespaces items/0/spec/hostPID" in found(pods)
}

test_a_workload_that_cannot_be_read_is_denied if {
	every containers in [[], null, "x", [7], {"a": good_container}] {
		some finding in kubernetes.deny with input as deployment(containers)
		finding.rule == "kubernetes/unreadable"
	}
	some finding in kubernetes.deny with input as {"apiVersion": "v1", "kind": "Pod", "metadata": null, "spec": "x"}
	finding.rule == "kubernetes/unreadable"
}

test_registries_are_an_allow_list_once_one_is_named if {
	document := with_container({"image": "evil.example/web:1@sha256:01"})
	rules(document, []) == set()
	rules(document, ["ghcr.io"]) == {"kubernetes/image-registry"}
	rules(deployment([good_container]), ["ghcr.io/acme"]) == set()
}

rules(document, registries) := {finding.rule |
	some finding in kubernetes.findings with input as document
		with data.parameters.kubernetes.registries as registries
}

test_namespaces_secrets_and_versions if {
	default_namespace := json.patch(deployment([good_container]), [{"op": "replace", "path": "metadata/namespace", "value": "default"}])
	found(default_namespace) == {"kubernetes/default-namespace metadata/namespace"}
	nowhere := json.remove(deployment([good_container]), ["metadata/namespace"])
	found(nowhere) == {"kubernetes/namespace-given "}
	secret := {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "shop"}, "stringData": {"a": "b"}}
	found(secret) == {"kubernetes/plain-secret stringData"}
	old := object.union(deployment([good_container]), {"apiVersion": "extensions/v1beta1"})
	found(old) == {"kubernetes/removed-version apiVersion"}
}

test_weights_decide_what_blocks if {
	document := with_container({"image": "nginx:1.29"})
	count(kubernetes.deny) == 0 with input as document
	count(kubernetes.warn) == 1 with input as document
	strict := {"kubernetes/image-digest": "deny"}
	count(kubernetes.deny) == 1 with input as document with data.parameters.weights as strict
	off := {"kubernetes/image-digest": "off"}
	count(kubernetes.findings) == 1 with input as document with data.parameters.weights as off
	count(kubernetes.deny | kubernetes.warn) == 0 with input as document with data.parameters.weights as off
}
