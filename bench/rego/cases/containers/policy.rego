# May this container start? It may when one of the containers of the policy fits in all that it asks for.
package bench.containers

default allow := false

allow if count(matching) > 0

matching contains index if {
	some index, container in data.policy.containers
	layers_ok(container)
	command_ok(container)
	container.working_dir == input.workingDir
	privileged_ok(container)
	envs_ok(container)
	mounts_ok(container)
}

layers_ok(container) if {
	length := count(container.layers)
	count(input.layers) == length
	every i, layer in input.layers {
		container.layers[(length - i) - 1] == input.layers[(length - i) - 1]
		layer != ""
	}
}

command_ok(container) if {
	count(container.command) == count(input.argList)
	every i, word in container.command {
		word == input.argList[i]
	}
}

privileged_ok(container) if not input.privileged

privileged_ok(container) if {
	input.privileged
	container.allow_elevated
}

env_fits(env, "string", rule) if env == rule

env_fits(env, "re2", rule) if regex.match(sprintf("^%s$", [rule]), env)

env_ok(container, env) if {
	some rule in container.env_rules
	env_fits(env, rule.strategy, rule.rule)
}

envs_ok(container) if {
	every env in input.envList {
		env_ok(container, env)
	}
	every rule in container.env_rules {
		required_ok(rule)
	}
}

required_ok(rule) if not rule.required

required_ok(rule) if {
	rule.required
	some env in input.envList
	env_fits(env, rule.strategy, rule.rule)
}

mount_ok(container, mount) if {
	some constraint in container.mounts
	mount.type == constraint.type
	mount.destination == constraint.destination
	regex.match(constraint.source, mount.source)
	every option in mount.options {
		option in constraint.options
	}
}

mounts_ok(container) if {
	every mount in input.mounts {
		mount_ok(container, mount)
	}
}

decision := {"allow": allow, "matching": matching}
