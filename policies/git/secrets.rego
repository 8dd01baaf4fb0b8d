# METADATA
# title: Secrets
# description: |
#   Added lines that look like a secret. What was found is never repeated in a message: findings are shown to many people.
# custom:
#   input: change
package git.secrets

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

# The forms that their issuers document, so that a match is hardly ever something else.
forms := {
	"a private key": `-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY( BLOCK)?-----`,
	"an AWS access key": `\b(AKIA|ASIA)[0-9A-Z]{16}\b`,
	"a GitHub token": `\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})`,
	"a GitLab token": `\bgl(pat|dt|rt|cbt|ptt|ft|soat|agent)-[A-Za-z0-9_-]{20,}`,
	"a Slack token": `\bxox[abeoprs]-[A-Za-z0-9-]{10,}`,
	"a Slack webhook": `https://hooks\.slack\.com/services/T[A-Za-z0-9_]+/B[A-Za-z0-9_]+/[A-Za-z0-9_]+`,
	"a Google API key": `\bAIza[0-9A-Za-z_-]{35}`,
	"a Stripe key": `\b[rs]k_live_[0-9A-Za-z]{20,}`,
	"an npm token": `\bnpm_[A-Za-z0-9]{36}\b`,
	"a Docker Hub token": `\bdckr_(pat|oat)_[A-Za-z0-9_-]{20,}`,
	"an age secret key": `\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b`,
	"a password in an address": `[a-z][a-z0-9+.-]*://[^/\s:@{}$<>*]*:[^/\s:@{}$<>*]{4,}@[A-Za-z0-9.-]+`,
}

# A value in quotes that is called a secret, unless it is a placeholder such as `${TOKEN}` or `<token>`.
named := `(?i)\b[a-z0-9_.-]*(password|passwd|secret|api_?key|token)["']?\s*[:=]\s*["'][^"'\s$<>{}*]{12,}["']`

findings contains {
	"rule": "git/secret",
	"msg": sprintf("`%s` adds %s; take it out and make it invalid at its issuer, for it stays in the history", [file.path, what]),
	"file": file.path,
	"line": added.line,
} if {
	some file in input.files
	not paths.matches_any(file.path, data.parameters.git.secretsIgnoredIn)
	some added in file.added
	some what in looks_like(added.text)
}

# What a limit cut off was not looked at, and a secret may be just there.
findings contains {
	"rule": "git/secret-unseen",
	"msg": sprintf(
		"only %d of the %d lines that `%s` adds were looked at for secrets; a smaller change would be right",
		[count(object.get(file, "added", [])), file.additions, file.path],
	),
	"file": file.path,
} if {
	some file in input.files
	not paths.matches_any(file.path, data.parameters.git.secretsIgnoredIn)
	file.additions > count(object.get(file, "added", []))
}

findings contains {
	"rule": "git/secret-long-line",
	"msg": sprintf("only the first %d characters of a line that `%s` adds were looked at for secrets", [longest_line, file.path]),
	"file": file.path,
	"line": added.line,
} if {
	some file in input.files
	not paths.matches_any(file.path, data.parameters.git.secretsIgnoredIn)
	some added in file.added
	count(added.text) >= longest_line
}

# Where the evidence cuts an added line.
longest_line := 2000

looks_like(text) := {what | some what, form in forms; regex.match(form, text)} | named_in(text)

named_in(text) := {"a value that is called a secret"} if regex.match(named, text)

named_in(text) := set() if not regex.match(named, text)
