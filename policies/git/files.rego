# METADATA
# title: Files that do not belong into Git
# description: Files at forbidden paths, files that are too large to be reviewed, and binary files.
# custom:
#   input: change
package git.files

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

# Removing a file is always welcome.
arriving contains file if {
	some file in input.files
	file.status != "removed"
}

findings contains {
	"rule": "git/forbidden-path",
	"msg": sprintf("`%s` does not belong into Git: %s", [file.path, forbidden.why]),
	"file": file.path,
} if {
	some file in arriving
	some forbidden in data.parameters.git.forbiddenPaths
	paths.matches(file.path, forbidden.glob)
}

findings contains {
	"rule": "git/file-size",
	"msg": sprintf("`%s` has %d bytes; %d are allowed", [file.path, file.size, data.parameters.git.maxFileBytes]),
	"file": file.path,
} if {
	some file in arriving
	file.size > data.parameters.git.maxFileBytes
}

findings contains {
	"rule": "git/binary-file",
	"msg": sprintf("`%s` is binary, so a reviewer cannot read what changes", [file.path]),
	"file": file.path,
} if {
	some file in arriving
	file.binary == true
}

# Mode 160000 is another repository at some commit; 120000 is a link.
findings contains {
	"rule": "git/submodule",
	"msg": sprintf("`%s` is a submodule, whose content is not part of this change", [file.path]),
	"file": file.path,
} if {
	some file in arriving
	file.mode == "160000"
}
