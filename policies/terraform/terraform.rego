# METADATA
# title: Terraform plans
# description: |
#   What a plan must not do. Asked with one plan as `terraform show -json` prints it (Terraform documentation, "JSON Output Format");
#   documents of other kinds have no findings.
# custom:
#   input: document
package terraform

import data.lib.weights

# METADATA
# entrypoint: true
deny contains finding if {
	some finding in findings
	weights.of(finding.rule) == "deny"
}

# METADATA
# entrypoint: true
warn contains finding if {
	some finding in findings
	weights.of(finding.rule) == "warn"
}

# The resources that the plan changes; `after` is `{}` for what goes away.
changes contains {
	"address": change.address,
	"type": change.type,
	"actions": change.change.actions,
	"after": after(change.change),
	"path": ["resource_changes", i],
} if {
	is_string(input.format_version)
	some i, change in input.resource_changes
	object.get(change, "mode", "managed") == "managed"
}

default after(_) := {}

after(change) := change.after if is_object(change.after)

stays(change) if {
	some action in change.actions
	action in {"create", "update", "no-op"}
}

findings contains {
	"rule": "terraform/destroy-stateful",
	"msg": sprintf("the plan destroys `%s`, and what is stored in it (%s)", [change.address, concat(", ", change.actions)]),
	"path": change.path,
} if {
	some change in changes
	"delete" in change.actions
	change.type in data.parameters.terraform.stateful
}

findings contains {
	"rule": "terraform/public-bucket",
	"msg": sprintf("`%s` is readable by everyone: %s", [change.address, why]),
	"path": change.path,
} if {
	some change in changes
	stays(change)
	some why in public(change)
}

public(change) := {sprintf("its `acl` is `%s`", [change.after.acl])} if {
	change.type in {"aws_s3_bucket", "aws_s3_bucket_acl"}
	startswith(change.after.acl, "public-")
}

public(change) := {sprintf("`%s` is not `true`", [guard]) |
	some guard in ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"]
	object.get(change.after, guard, false) != true
} if {
	change.type == "aws_s3_bucket_public_access_block"
}

public(change) := {sprintf("`%s` is a member", [member]) | some member in members; member in {"allUsers", "allAuthenticatedUsers"}} if {
	startswith(change.type, "google_storage_bucket_iam_")
	members := array.concat(object.get(change.after, "members", []), [object.get(change.after, "member", "")])
}

public(change) := {"`allow_nested_items_to_be_public` is `true`"} if {
	change.type == "azurerm_storage_account"
	change.after.allow_nested_items_to_be_public == true
}

findings contains {
	"rule": "terraform/open-port",
	"msg": sprintf("`%s` opens ports %v to %v to the whole internet", [change.address, opening.from, opening.to]),
	"path": change.path,
} if {
	some change in changes
	stays(change)
	some opening in openings(change)
	some range in opening.ranges
	range in {"0.0.0.0/0", "::/0"}
	not is_open_on_purpose(opening)
}

is_open_on_purpose(opening) if {
	opening.from == opening.to
	opening.from in data.parameters.terraform.openPorts
}

openings(change) := {opening(rule) | some rule in change.after.ingress} if change.type in {"aws_security_group", "aws_default_security_group"}

openings(change) := {opening(change.after)} if {
	change.type == "aws_security_group_rule"
	change.after.type == "ingress"
}

openings(change) := {opening(change.after)} if change.type == "aws_vpc_security_group_ingress_rule"

# Protocol -1 is every protocol, and then every port.
opening(rule) := {
	"from": object.get(rule, "from_port", "any"),
	"to": object.get(rule, "to_port", "any"),
	"ranges": ranges(rule),
}

ranges(rule) := {range |
	some key in ["cidr_blocks", "ipv6_cidr_blocks"]
	some range in rule[key]
} | {range |
	some key in ["cidr_ipv4", "cidr_ipv6"]
	range := rule[key]
}

# A plan that could not be finished says nothing about what would happen.
findings contains {
	"rule": "terraform/unfinished-plan",
	"msg": "the plan ended in an error; plan again before it is judged",
	"path": ["errored"],
} if {
	is_string(input.format_version)
	input.errored == true
}
