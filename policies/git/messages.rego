# METADATA
# title: Commit messages
# description: Messages that will not help whoever reads the history. Merges keep the forge's own words.
# custom:
#   input: change
package git.messages

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
	"rule": "git/commit-message",
	"msg": sprintf("the message of commit `%s` %s", [substring(commit.id, 0, 12), fault]),
} if {
	some commit in input.commits
	count(object.get(commit, "parents", [])) < 2
	lines := split(commit.message, "\n")
	some fault in faults(lines)
}

faults(lines) := {fault |
	limit := data.parameters.git.subjectLength
	some [fault, holds] in [
		["is empty", trim_space(lines[0]) == ""],
		[sprintf("has a first line of %d characters; %d are enough", [count(lines[0]), limit]), count(lines[0]) > limit],
		["has no empty line below its first line", trim_space(concat("", array.slice(lines, 1, 2))) != ""],
		["is meant to be squashed into another commit first", regex.match(`^(fixup|squash|amend)! `, lines[0])],
	]
	holds
}
