# Groups, sums and objects made by comprehensions inside comprehensions.
package bench.comprehensions

teams := {service.team | some service in input.services}

by_team := {team: names |
	some team in teams
	names := [service.name | some service in input.services; service.team == team]
}

cost := {team: total |
	some team, names in by_team
	total := sum([service.cost | some service in input.services; service.name in names])
}

forbidden := {service.name: ports |
	some service in input.services
	ports := {port | some port in service.ports; not port in data.allowed[service.team]}
	count(ports) > 0
}

environments := {env: tiers |
	some env in {"dev", "test", "prod"}
	tiers := {service.labels.tier | some service in input.services; service.labels.env == env}
}

decision := {"cost": cost, "forbidden": count(forbidden), "environments": environments, "largest": max([count(n) | some n in by_team])}
