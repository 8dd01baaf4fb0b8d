package cost

# What the plan makes or changes; what goes away costs nothing any more.
resources contains {
	"address": change.address,
	"type": change.type,
	"after": change.change.after,
	"path": ["resource_changes", i],
	"is_new": "create" in change.change.actions,
} if {
	is_string(input.format_version)
	some i, change in input.resource_changes
	object.get(change, "mode", "managed") == "managed"
	is_object(change.change.after)
	some action in change.change.actions
	action in {"create", "update"}
}

# Where each type of resource says how large its machine is.
machine_fields := {
	"aws_db_instance": "instance_class",
	"aws_elasticache_cluster": "node_type",
	"aws_elasticache_replication_group": "node_type",
	"aws_instance": "instance_type",
	"aws_launch_template": "instance_type",
	"aws_rds_cluster_instance": "instance_class",
	"azurerm_linux_virtual_machine": "size",
	"azurerm_linux_virtual_machine_scale_set": "sku",
	"azurerm_windows_virtual_machine": "size",
	"azurerm_windows_virtual_machine_scale_set": "sku",
	"google_compute_instance": "machine_type",
	"google_compute_instance_template": "machine_type",
}

findings contains {
	"rule": "cost/instance-type",
	"msg": sprintf("`%s` runs on `%s`, which `%s` in `cost.largeInstanceTypes` calls too large", [resource.address, machine, pattern]),
	"path": resource.path,
} if {
	some resource in resources
	machine := resource.after[machine_fields[resource.type]]
	some pattern in limits.largeInstanceTypes
	glob.match(pattern, [], machine)
}

# Where each type of resource says how large its disk is, in GiB (the providers' documentation).
disk_fields := {
	"aws_db_instance": "allocated_storage",
	"aws_ebs_volume": "size",
	"azurerm_managed_disk": "disk_size_gb",
	"google_compute_disk": "size",
	"google_sql_database_instance": "disk_size",
}

findings contains {
	"rule": "cost/storage",
	"msg": sprintf("`%s` has a disk of %vGi; at most %v would be right", [resource.address, size, limits.storage]),
	"path": resource.path,
} if {
	some resource in resources
	size := resource.after[disk_fields[resource.type]]
	is_number(size)
	size * 1073741824 > quantity("memory", limits.storage)
}

findings contains {
	"rule": "cost/many-resources",
	"msg": sprintf("the plan makes %d resources at once; at most %v would be right", [count(made), limits.newResources]),
	"path": ["resource_changes"],
} if {
	made := {resource | some resource in resources; resource.is_new}
	count(made) > limits.newResources
}

# Whoever pays asks the owner; a resource that can carry tags or labels says who that is.
findings contains {
	"rule": "cost/tags",
	"msg": sprintf("`%s` has no %s `%s`", [resource.address, trim_suffix(holder, "s"), wanted]),
	"path": resource.path,
} if {
	some resource in resources
	resource.is_new
	some holder in ["tags", "labels"]
	holder in object.keys(resource.after)
	some wanted in object.get(limits, "tags", [])
	not is_tagged(resource.after, holder, wanted)
}

# `tags_all` holds what the provider adds by itself to every resource; labels have two such lists.
is_tagged(after, holder, wanted) if {
	some list in {"tags": ["tags", "tags_all"], "labels": ["labels", "effective_labels", "terraform_labels"]}[holder]
	object.get(after, [list, wanted], "") != ""
}
