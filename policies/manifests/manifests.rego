# METADATA
# title: Manifests
# description: |
#   Manifests that cannot be read, and manifests that overwrite each other. Asked once per change, over all its documents.
# custom:
#   input: change
package manifests

import data.lib.weights

deny contains finding if {
	some finding in findings
	weights.of(finding.rule) == "deny"
}

warn contains finding if {
	some finding in findings
	weights.of(finding.rule) == "warn"
}

# What cannot be read could hold anything.
findings contains {
	"rule": "manifests/unreadable",
	"msg": sprintf("`%s` cannot be read: %s", [problem.path, problem.message]),
	"file": problem.path,
	"line": object.get(problem, "line", 1),
} if {
	some problem in input.problems
}

findings contains {
	"rule": "manifests/incomplete",
	"msg": sprintf("document %d of `%s` has no `%s`, so no cluster accepts it", [document.index + 1, document.path, missing]),
	"file": document.path,
	"line": document.line,
} if {
	some document in input.documents
	is_manifest(document.value)
	some missing in ({key | some key in ["kind", "apiVersion"]; not is_string(object.get(document.value, key, null))} | unnamed(document.value))
}

unnamed(value) := {"metadata.name"} if not is_named(value)

unnamed(value) := set() if is_named(value)

# Only with both, or with one of them and `metadata`, is a document clearly meant for Kubernetes.
is_manifest(value) if count({"apiVersion", "kind", "metadata"} & object.keys(value)) > 1

is_named(value) if not needs_name(value)

is_named(value) if {
	some key in ["name", "generateName"]
	is_string(value.metadata[key])
}

# Lists and kustomizations are never stored under a name.
needs_name(value) if {
	not endswith(object.get(value, "kind", ""), "List")
	not startswith(object.get(value, "apiVersion", ""), "kustomize.config.k8s.io/")
}

# The same object twice in one folder: which one wins depends on the order in which they are applied.
findings contains {
	"rule": "manifests/duplicate",
	"msg": sprintf("%s `%s` stands in `%s` and again in `%s`", [second.value.kind, second.value.metadata.name, first.path, second.path]),
	"file": second.path,
	"line": second.line,
} if {
	some group in positions
	some rank, position in sort(group)
	rank > 0
	first := input.documents[sort(group)[rank - 1]]
	second := input.documents[position]
}

# Where in the list of documents each object stands.
positions[key] contains position if {
	some position, document in input.documents
	key := identity(document)
}

identity(document) := [
	folder(document.path),
	value.kind,
	object.get(value, ["metadata", "namespace"], ""),
	value.metadata.name,
	split(value.apiVersion, "/")[0],
] if {
	value := document.value
	is_string(value.metadata.name)
}

folder(path) := concat("/", array.slice(parts, 0, count(parts) - 1)) if parts := split(path, "/")
