# Written by make-cases.py.
package bench.rules

default allow := false

allow if {
	input.method in {"POST", "PUT"}
	input.path[2] == "route0"
	input.role == "role0"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route1"]
	input.role == "role1"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route2"]
	input.role == "role2"
}

allow if {
	input.method == "GET"
	input.path[2] == "route3"
	input.role == "role3"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route4"]
	input.role == "role4"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route5"]
	input.role == "role0"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path[2] == "route6"
	input.role == "role1"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route7"]
	input.role == "role2"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route8"]
	input.role == "role3"
}

allow if {
	input.method == "GET"
	input.path[2] == "route9"
	input.role == "role4"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route10"]
	input.role == "role0"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route11"]
	input.role == "role1"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path[2] == "route12"
	input.role == "role2"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route13"]
	input.role == "role3"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route14"]
	input.role == "role4"
}

allow if {
	input.method == "GET"
	input.path[2] == "route15"
	input.role == "role0"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route16"]
	input.role == "role1"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route17"]
	input.role == "role2"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path[2] == "route18"
	input.role == "role3"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route19"]
	input.role == "role4"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route20"]
	input.role == "role0"
}

allow if {
	input.method == "GET"
	input.path[2] == "route21"
	input.role == "role1"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route22"]
	input.role == "role2"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route23"]
	input.role == "role3"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path[2] == "route24"
	input.role == "role4"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route25"]
	input.role == "role0"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route26"]
	input.role == "role1"
}

allow if {
	input.method == "GET"
	input.path[2] == "route27"
	input.role == "role2"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route28"]
	input.role == "role3"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route29"]
	input.role == "role4"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path[2] == "route30"
	input.role == "role0"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route31"]
	input.role == "role1"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route32"]
	input.role == "role2"
}

allow if {
	input.method == "GET"
	input.path[2] == "route33"
	input.role == "role3"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route34"]
	input.role == "role4"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route35"]
	input.role == "role0"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path[2] == "route36"
	input.role == "role1"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route37"]
	input.role == "role2"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route38"]
	input.role == "role3"
}

allow if {
	input.method == "GET"
	input.path[2] == "route39"
	input.role == "role4"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route40"]
	input.role == "role0"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route41"]
	input.role == "role1"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path[2] == "route42"
	input.role == "role2"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route43"]
	input.role == "role3"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route44"]
	input.role == "role4"
}

allow if {
	input.method == "GET"
	input.path[2] == "route45"
	input.role == "role0"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route46"]
	input.role == "role1"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route47"]
	input.role == "role2"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path[2] == "route48"
	input.role == "role3"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route49"]
	input.role == "role4"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route50"]
	input.role == "role0"
}

allow if {
	input.method == "GET"
	input.path[2] == "route51"
	input.role == "role1"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route52"]
	input.role == "role2"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route53"]
	input.role == "role3"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path[2] == "route54"
	input.role == "role4"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route55"]
	input.role == "role0"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route56"]
	input.role == "role1"
}

allow if {
	input.method == "GET"
	input.path[2] == "route57"
	input.role == "role2"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route58"]
	input.role == "role3"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route59"]
	input.role == "role4"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path[2] == "route60"
	input.role == "role0"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route61"]
	input.role == "role1"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route62"]
	input.role == "role2"
}

allow if {
	input.method == "GET"
	input.path[2] == "route63"
	input.role == "role3"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route64"]
	input.role == "role4"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route65"]
	input.role == "role0"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path[2] == "route66"
	input.role == "role1"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route67"]
	input.role == "role2"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route68"]
	input.role == "role3"
}

allow if {
	input.method == "GET"
	input.path[2] == "route69"
	input.role == "role4"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route70"]
	input.role == "role0"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route71"]
	input.role == "role1"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path[2] == "route72"
	input.role == "role2"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route73"]
	input.role == "role3"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route74"]
	input.role == "role4"
}

allow if {
	input.method == "GET"
	input.path[2] == "route75"
	input.role == "role0"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route76"]
	input.role == "role1"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route77"]
	input.role == "role2"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path[2] == "route78"
	input.role == "role3"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route79"]
	input.role == "role4"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route80"]
	input.role == "role0"
}

allow if {
	input.method == "GET"
	input.path[2] == "route81"
	input.role == "role1"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route82"]
	input.role == "role2"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route83"]
	input.role == "role3"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path[2] == "route84"
	input.role == "role4"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route85"]
	input.role == "role0"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route86"]
	input.role == "role1"
}

allow if {
	input.method == "GET"
	input.path[2] == "route87"
	input.role == "role2"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route88"]
	input.role == "role3"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route89"]
	input.role == "role4"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path[2] == "route90"
	input.role == "role0"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route91"]
	input.role == "role1"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route92"]
	input.role == "role2"
}

allow if {
	input.method == "GET"
	input.path[2] == "route93"
	input.role == "role3"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route94"]
	input.role == "role4"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route95"]
	input.role == "role0"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path[2] == "route96"
	input.role == "role1"
}

allow if {
	input.method == "GET"
	input.path == ["api", "v1", "route97"]
	input.role == "role2"
}

allow if {
	input.method in {"POST", "PUT"}
	input.path == ["api", "v1", "route98"]
	input.role == "role3"
}

allow if {
	input.method == "GET"
	input.path[2] == "route99"
	input.role == "role4"
}
