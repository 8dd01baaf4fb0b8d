package terraform.tests

import data.terraform

plan(type, actions, after) := {
	"format_version": "1.2",
	"resource_changes": [{
		"address": sprintf("%s.x", [type]),
		"mode": "managed",
		"type": type,
		"change": {"actions": actions, "after": after},
	}],
}

rules(document) := {finding.rule | some finding in terraform.deny with input as document}

test_stateful_resources_are_not_destroyed if {
	rules(plan("aws_db_instance", ["delete"], null)) == {"terraform/destroy-stateful"}
	rules(plan("aws_db_instance", ["delete", "create"], {})) == {"terraform/destroy-stateful"}
	rules(plan("aws_db_instance", ["update"], {})) == set()
	rules(plan("null_resource", ["delete"], null)) == set()
}

test_buckets_are_not_public if {
	public := {"terraform/public-bucket"}
	rules(plan("aws_s3_bucket_acl", ["create"], {"acl": "public-read"})) == public
	rules(plan("aws_s3_bucket_acl", ["create"], {"acl": "private"})) == set()
	guards := {"block_public_acls": true, "block_public_policy": true, "ignore_public_acls": true}
	rules(plan("aws_s3_bucket_public_access_block", ["create"], guards)) == public
	rules(plan("aws_s3_bucket_public_access_block", ["create"], object.union(guards, {"restrict_public_buckets": true}))) == set()
	rules(plan("google_storage_bucket_iam_member", ["create"], {"member": "allUsers"})) == public
	rules(plan("google_storage_bucket_iam_binding", ["create"], {"members": ["user:a@example.org"]})) == set()
	rules(plan("azurerm_storage_account", ["update"], {"allow_nested_items_to_be_public": true})) == public
}

test_ports_are_not_opened_to_everyone if {
	open := {"terraform/open-port"}
	ingress(22, 22, "0.0.0.0/0") == open
	ingress(443, 443, "0.0.0.0/0") == set()
	ingress(0, 65535, "::/0") == open
	ingress(22, 22, "10.0.0.0/8") == set()
	rules(plan("aws_vpc_security_group_ingress_rule", ["create"], {"ip_protocol": "-1", "cidr_ipv4": "0.0.0.0/0"})) == open
	rules(plan("aws_security_group_rule", ["create"], {"type": "egress", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]})) == set()
}

ingress(from, to, range) := rules(plan("aws_security_group", ["create"], {"ingress": [{
	"from_port": from, "to_port": to,
	"cidr_blocks": [range],
	"ipv6_cidr_blocks": null,
}]}))

test_an_unfinished_plan_is_denied if {
	rules(object.union(plan("null_resource", ["create"], {}), {"errored": true})) == {"terraform/unfinished-plan"}
}

test_other_documents_have_no_findings if {
	every document in [{}, {"resource_changes": [{"type": "aws_db_instance", "change": {"actions": ["delete"]}}]}, [], "x"] {
		rules(document) == set()
	}
}
