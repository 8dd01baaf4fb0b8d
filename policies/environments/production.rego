# METADATA
# title: Production
# description: |
#   Changes of production paths need more approvals, of the head commit, by people who did not write the change. This is the policy's
#   view; the gate's own approval rules say who may approve what, and both have to hold.
# custom:
#   input: change
package environments.production

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

settings := data.parameters.environments.production

# The changed files that reach production, by the path that they have or had.
touched contains file.path if {
	some file in input.files
	some path in paths.of(file)
	paths.matches_any(path, settings.paths)
}

# Whoever wrote any part of the change.
contributors contains lower(input.change.author.login)

contributors contains lower(commit.author.login) if some commit in input.commits

# Each reviewer's last word on the head commit; a plain comment takes nothing back.
approvers contains reviewer if {
	some review in input.reviews
	reviewer := lower(review.author)
	review.state == "approved"
	holds(review)
	not taken_back(reviewer, review.submittedAt)
	not reviewer in contributors
	may_approve(reviewer)
}

holds(review) if {
	review.commit == input.change.headCommit
	not review.stale == true
}

taken_back(reviewer, since) if {
	some later in input.reviews
	lower(later.author) == reviewer
	later.state in {"changesRequested", "dismissed"}
	time.parse_rfc3339_ns(later.submittedAt) >= time.parse_rfc3339_ns(since)
}

# An empty list of approvers means anyone.
may_approve(_) if count(settings.approvers) == 0

may_approve(reviewer) if {
	some approver in settings.approvers
	lower(approver) == reviewer
}

findings contains {
	"rule": "environments/production-approvals",
	"msg": sprintf("production asks for %d approvals of commit `%s` by %s, %d given", [
		settings.approvals,
		substring(input.change.headCommit, 0, 12),
		whom,
		count(approvers),
	]),
	"file": sort(touched)[0],
} if {
	input.event.kind == "change"
	count(touched) > 0
	count(approvers) < settings.approvals
}

whom := "people who did not write it" if count(settings.approvers) == 0

whom := sprintf("`%s`", [concat("`, `", settings.approvers)]) if count(settings.approvers) > 0
