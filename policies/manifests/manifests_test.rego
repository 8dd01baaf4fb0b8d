package manifests.tests

import data.manifests

document(path, index, value) := {"path": path, "index": index, "line": (10 * index) + 1, "format": "yaml", "value": value}

config(name) := {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "shop"}}

test_a_broken_manifest_is_denied_at_its_line if {
	manifests.deny == {{
		"rule": "manifests/unreadable",
		"msg": "`a.yaml` cannot be read: a tab stands where spaces should",
		"file": "a.yaml",
		"line": 4,
	}} with input as {"documents": [], "problems": [{"path": "a.yaml", "line": 4, "message": "a tab stands where spaces should"}]}
}

test_an_incomplete_manifest_is_denied if {
	cases := {
		"kind": json.remove(config("a"), ["kind"]),
		"apiVersion": json.remove(config("a"), ["apiVersion"]),
		"metadata.name": json.remove(config("a"), ["metadata/name"]),
	}
	every missing, value in cases {
		some finding in manifests.deny with input as {"documents": [document("a.yaml", 1, value)]}
		contains(finding.msg, sprintf("document 2 of `a.yaml` has no `%s`", [missing]))
		finding.line == 11
	}
}

test_what_is_no_manifest_or_needs_no_name_is_left_alone if {
	every value in [
		{"name": "chart", "version": "1"}, {"replicas": 2}, [], null, config("a"),
		{"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": ["a.yaml"]},
		{"apiVersion": "v1", "kind": "List", "items": []},
		{"apiVersion": "batch/v1", "kind": "Job", "metadata": {"generateName": "migrate-"}},
	] {
		count(manifests.deny) == 0 with input as {"documents": [document("a.yaml", 0, value)]}
	}
}

in_files(paths) := {"documents": [document(path, i, config("a")) | some i, path in paths]}

test_the_same_object_twice_in_one_folder_is_denied if {
	count(manifests.deny) == 1 with input as in_files(["dev/a.yaml", "dev/b.yaml"])
	count(manifests.deny) == 2 with input as in_files(["a.yaml", "a.yaml", "a.yaml"])
	count(manifests.deny) == 0 with input as in_files(["dev/a.yaml", "prod/a.yaml"])
	count(manifests.deny) == 0 with input as {"documents": [document("a.yaml", 0, config("a")), document("a.yaml", 1, config("b"))]}
}
