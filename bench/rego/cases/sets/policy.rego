# Sets of hundreds of names.
package bench.sets

present := {name | some name in input.present}

wanted := {name | some name in input.wanted}

drained contains name if some name in input.drained

missing := wanted - present

surplus := (present - wanted) - drained

usable := (present & wanted) - drained

odd contains name if {
	some name in usable
	endswith(name, "7")
}

decision := {"missing": count(missing), "surplus": count(surplus), "all": count(present | wanted), "odd": odd}
