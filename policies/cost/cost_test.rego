package cost.tests

import data.cost

limits := {
	"cpu": 8,
	"largeInstanceTypes": ["*.metal*", "*.{12,16,24}xlarge"],
	"loadBalancerNamespaces": ["edge"],
	"memory": "16Gi",
	"monthlyIncrease": 200,
	"newResources": 2,
	"replicas": 10,
	"storage": "100Gi",
	"tags": ["owner"],
}

found(document) := {line |
	some finding in cost.findings with input as document with data.parameters as {"cost": limits}
	line := sprintf("%s %s", [finding.rule, concat("/", [sprintf("%v", [part]) | some part in finding.path])])
}

workload(kind, replicas, resources) := {
	"apiVersion": "apps/v1",
	"kind": kind,
	"metadata": {"name": "web", "namespace": "shop"},
	"spec": {"replicas": replicas, "template": {"spec": {"containers": [{"name": "app", "resources": resources}, {"name": "aside"}]}}},
}

service(type, namespace) := {
	"apiVersion": "v1",
	"kind": "Service",
	"metadata": {"name": "web", "namespace": namespace},
	"spec": {"type": type},
}

claim(size) := {
	"apiVersion": "v1",
	"kind": "PersistentVolumeClaim",
	"metadata": {"name": "data"},
	"spec": {"resources": {"requests": {"storage": size}}},
}

test_documents_of_other_kinds_have_no_findings if {
	every document in [{}, [], "text", null, {"kind": "Deployment"}, {"projects": [], "currency": "USD"}, {"format_version": "1.2"}] {
		count(found(document)) == 0
	}
}

test_replicas_are_counted_where_each_kind_keeps_them if {
	found(workload("Deployment", 11, {})) == {"cost/replicas spec/replicas"}
	found(workload("StatefulSet", 10, {})) == set()
	found(workload("DaemonSet", 11, {})) == set()
	scaler := {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"}, "spec": {"maxReplicas": 40}}
	found(scaler) == {"cost/replicas spec/maxReplicas"}
	found({"apiVersion": "v1", "kind": "List", "items": [scaler]}) == {"cost/replicas items/0/spec/maxReplicas"}
	found({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": "web"}, "spec": {"maxReplicaCount": 11}}) == {"cost/replicas spec/maxReplicaCount"}
}

test_requests_are_counted_for_all_replicas if {
	pod := "cost/compute spec/template/spec"
	found(workload("Deployment", 4, {"requests": {"cpu": "2"}})) == set()
	found(workload("Deployment", 4, {"requests": {"cpu": "2100m"}})) == {pod}
	found(workload("Deployment", 4, {"requests": {"cpu": 2.5}})) == {pod}
	found(workload("Deployment", 9, {"limits": {"memory": "2Gi"}})) == {pod}
	found(workload("Deployment", 9, {"limits": {"memory": "2Gi"}, "requests": {"memory": "256Mi"}})) == set()
	found(workload("Deployment", "three", {"requests": {"cpu": "9"}})) == {pod}
}

test_what_is_no_quantity_is_told if {
	found(workload("Deployment", 1, {"requests": {"cpu": "lots"}})) == {"cost/unreadable spec/template/spec"}
	found(claim("big")) == {"cost/unreadable spec/resources/requests/storage"}
}

test_large_volumes_are_found if {
	found(claim("101Gi")) == {"cost/storage spec/resources/requests/storage"}
	found(claim("100Gi")) == set()
	set_of := object.union(workload("StatefulSet", 1, {}), {"spec": {"volumeClaimTemplates": [{"spec": {"resources": {"requests": {"storage": "1Ti"}}}}]}})
	found(set_of) == {"cost/storage spec/volumeClaimTemplates/0/spec/resources/requests/storage"}
}

test_load_balancers_stand_where_they_may if {
	found(service("LoadBalancer", "shop")) == {"cost/load-balancer spec/type"}
	found(service("LoadBalancer", "edge")) == set()
	found(service("ClusterIP", "shop")) == set()
}

plan(resources) := {
	"format_version": "1.2",
	"resource_changes": [{"address": sprintf("%s.x%d", [type, i]), "type": type, "change": {"actions": [action], "after": after}} |
		some i, [type, action, after] in resources
	],
}

test_plans_are_held_against_the_limits if {
	found(plan([["aws_instance", "create", {"instance_type": "m7i.16xlarge"}]])) == {"cost/instance-type resource_changes/0"}
	found(plan([["aws_instance", "update", {"instance_type": "c7g.metal"}]])) == {"cost/instance-type resource_changes/0"}
	found(plan([["aws_instance", "create", {"instance_type": "m7i.large"}]])) == set()
	found(plan([["aws_instance", "no-op", {"instance_type": "c7g.metal"}]])) == set()
	found(plan([["aws_instance", "delete", null]])) == set()
	found(plan([["aws_ebs_volume", "create", {"size": 101}]])) == {"cost/storage resource_changes/0"}
	found(plan([["aws_ebs_volume", "create", {"size": 100}]])) == set()
	found(plan([["null_resource", "create", {}], ["null_resource", "create", {}], ["null_resource", "create", {}]])) == {"cost/many-resources resource_changes"}
}

test_new_resources_say_whose_they_are if {
	found(plan([["aws_s3_bucket", "create", {"tags": {"team": "x"}}]])) == {"cost/tags resource_changes/0"}
	found(plan([["aws_s3_bucket", "create", {"tags": null, "tags_all": {"owner": "x"}}]])) == set()
	found(plan([["google_storage_bucket", "create", {"labels": {"owner": ""}}]])) == {"cost/tags resource_changes/0"}
	found(plan([["google_storage_bucket", "create", {"labels": {"owner": "x"}}]])) == set()
	found(plan([["aws_s3_bucket", "update", {"tags": {}}]])) == set()
	found(plan([["null_resource", "create", {}]])) == set()
}

estimate(increase) := {"version": "0.2", "currency": "EUR", "projects": [], "totalMonthlyCost": "9000.5", "diffTotalMonthlyCost": increase}

test_estimates_are_held_against_the_limits if {
	found(estimate("200.01")) == {"cost/monthly-increase diffTotalMonthlyCost"}
	found(estimate("200")) == set()
	found(estimate("-50")) == set()
	found(estimate("a lot")) == {"cost/unreadable diffTotalMonthlyCost"}
	found(estimate(true)) == {"cost/unreadable diffTotalMonthlyCost"}
	found(estimate(null)) == set()
	some finding in cost.findings with input as estimate("0") with data.parameters as {"cost": {"monthlyTotal": 9000}}
	finding.msg == "by the estimate the change costs 9000.5 EUR a month; at most 9000 would be right"
}

test_what_is_not_limited_is_not_found if {
	every document in [workload("Deployment", 1000, {"requests": {"cpu": "900"}}), claim("9Pi"), estimate("1000000")] {
		count(cost.findings) == 0 with input as document with data.parameters as {"cost": {}}
	}
}

test_weights_decide_between_blocking_and_showing if {
	document := workload("Deployment", 11, {})
	count(cost.deny) == 1 with input as document with data.parameters as {"cost": limits, "weights": {}}
	count(cost.warn) == 1 with input as document with data.parameters as {"cost": limits, "weights": {"cost/replicas": "warn"}}
	count(cost.deny) + count(cost.warn) == 0 with input as document with data.parameters as {"cost": limits, "weights": {"cost/replicas": "off"}}
}
