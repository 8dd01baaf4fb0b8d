# Every inside every, with some inside.
package bench.every_some

complete(stage) if {
	every name in data.needed {
		some check in stage.checks
		check.name == name
		check.state == "ok"
	}
}

approved(stage) if {
	some approval in stage.approvals
	approval.role in data.approvers
}

ready contains release.version if {
	some release in input.releases
	every stage in release.stages {
		complete(stage)
		approved(stage)
	}
}

blocked[release.version] := [stage.name | some stage in release.stages; not complete(stage)] if {
	some release in input.releases
	not release.version in ready
}

decision := {"ready": ready, "blocked": blocked}
