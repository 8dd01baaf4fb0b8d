# METADATA
# title: Signed commits
# description: Commits whose author cannot be proven, because they are unsigned or their signature does not hold.
# custom:
#   input: change
package git.signed_commits

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
	"rule": "git/signed-commit",
	"msg": sprintf("commit `%s` by %s has no valid signature: %s", [substring(commit.id, 0, 12), author(commit), reason(commit)]),
} if {
	some commit in input.commits
	not commit.signed.verified == true
}

author(commit) := sprintf("`%s`", [commit.author.login])

author(commit) := sprintf("`%s`", [object.get(commit, ["author", "email"], "nobody")]) if not commit.author.login

reason(commit) := commit.signed.reason

reason(commit) := "the forge does not say why" if not commit.signed.reason
