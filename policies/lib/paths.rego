# METADATA
# title: Paths and branches
# description: |
#   Globs over paths: `*` stays inside one part, `**` crosses parts, `{a,b}` is a choice. `**/` also stands for no folder at all.
package lib.paths

# Both sides get a slash in front, so that `**/x` finds `x` at the top as well.
matches(path, pattern) if glob.match(sprintf("/%s", [trim_left(pattern, "/")]), ["/"], sprintf("/%s", [path]))

matches(path, pattern) if {
	startswith(pattern, "**/")
	glob.match(pattern, ["/"], sprintf("/%s", [path]))
}

matches_any(path, patterns) if {
	some pattern in patterns
	matches(path, pattern)
}

# Where a file stands, and where it stood before.
of(file) := {file.path, object.get(file, "previousPath", file.path)}
