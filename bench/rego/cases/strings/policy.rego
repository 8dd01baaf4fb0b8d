# Messages taken apart and put together.
package bench.strings

kind(title) := lower(split(split(title, ":")[0], "(")[0])

scope(title) := trim_suffix(split(split(title, ":")[0], "(")[1], ")")

wrong contains message if {
	some commit in input.commits
	not kind(commit.title) in {"fix", "feat", "docs"}
	message := sprintf("%s by %s: kind %q is not known", [substring(commit.sha, 0, 8), commit.author, kind(commit.title)])
}

scopes := concat(",", sort({scope(commit.title) | some commit in input.commits}))

teams contains upper(parts[1]) if {
	some commit in input.commits
	startswith(commit.branch, "feature/")
	parts := split(commit.branch, "/")
	contains(parts[1], "TEAM-1")
}

mails := {replace(commit.author, "@corp.example", "") | some commit in input.commits; endswith(commit.author, ".example")}

decision := {"wrong": wrong, "scopes": scopes, "teams": teams, "mails": mails}
