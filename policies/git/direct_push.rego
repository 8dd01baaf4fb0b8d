# METADATA
# title: Direct pushes
# description: |
#   Commits that reached a protected branch without a change request, so that nobody could look at them first.
# custom:
#   input: change
package git.direct_push

import data.lib.paths
import data.lib.weights

deny contains finding if {
	some finding in findings
	weights.of(finding.rule) == "deny"
}

warn contains finding if {
	some finding in findings
	weights.of(finding.rule) == "warn"
}

findings contains {
	"rule": "git/direct-push",
	"msg": sprintf("`%s` is protected and was pushed to directly; a change request would be right", [branch]),
} if {
	input.event.kind == "push"
	came_directly
	branch := trim_prefix(input.event.ref, "refs/heads/")
	paths.matches_any(branch, data.parameters.git.protectedBranches)
}

# A push that nobody can say to come from a change request counts as direct.
came_directly if not input.event.direct == false
