package environments.production_test

import data.environments.production

approved(author) := {"author": author, "state": "approved", "commit": "head", "submittedAt": "2026-01-02T10:00:00Z", "stale": false}

change(path, reviews) := {
	"change": {"headCommit": "head", "author": {"login": "ada"}},
	"commits": [{"id": "head", "author": {"login": "Bob"}}],
	"files": [{"path": path, "status": "modified"}],
	"reviews": reviews,
	"event": {"kind": "change"},
}

test_other_paths_ask_for_nothing if {
	count(production.deny) == 0 with input as change("dev/web.yaml", [])
}

test_two_others_have_to_approve if {
	count(production.deny) == 0 with input as change("prod/web.yaml", [approved("cy"), approved("dee")])
	production.deny == {{
		"rule": "environments/production-approvals",
		"msg": "production asks for 2 approvals of commit `head` by people who did not write it, 1 given",
		"file": "prod/web.yaml",
	}} with input as change("prod/web.yaml", [approved("cy"), approved("CY")])
}

test_what_does_not_count if {
	every review in [
		approved("ada"), approved("bob"),
		object.union(approved("dee"), {"state": "commented"}),
		object.union(approved("dee"), {"commit": "older"}),
		object.union(approved("dee"), {"stale": true}),
	] {
		count(production.deny) == 1 with input as change("prod/web.yaml", [approved("cy"), review])
	}
}

test_an_approval_can_be_taken_back if {
	later := object.union(approved("dee"), {"state": "changesRequested", "submittedAt": "2026-01-02T11:00:00Z"})
	count(production.deny) == 1 with input as change("prod/web.yaml", [approved("cy"), approved("dee"), later])
	earlier := object.union(later, {"submittedAt": "2026-01-02T09:00:00+00:00"})
	count(production.deny) == 0 with input as change("prod/web.yaml", [approved("cy"), approved("dee"), earlier])
}

test_a_file_that_leaves_production_counts if {
	moved := {"path": "old/web.yaml", "previousPath": "deploy/production/web.yaml", "status": "renamed"}
	count(production.deny) == 1 with input as object.union(change("x", []), {"files": [moved]})
}

test_named_approvers if {
	count(production.deny) == 1 with input as change("prod/web.yaml", [approved("cy"), approved("dee")])
		with data.parameters.environments.production.approvers as ["dee", "eve"]
	count(production.deny) == 0 with input as change("values.prod.yaml", [approved("Eve"), approved("dee")])
		with data.parameters.environments.production.approvers as ["Dee", "eve"]
}
