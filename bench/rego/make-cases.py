#!/usr/bin/env python3
"""Writes the inputs and the data of the cases beside this file, and asks a real OPA for the answers.

    bench/rego/make-cases.py [PATH-OF-OPA]

The policies and queries are written by hand; everything that is made here follows from one seed, so a second run changes nothing.
Without an OPA the answers that are there stay.
"""
import json
import pathlib
import random
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent / "cases"
chance = random.Random(20261127)


def miss():
    return {"user": {"role": "guest", "name": "ada"}, "method": "GET"}, {}


def four_conditions():
    return {
        "method": "POST", "path": "/payments", "user": {"name": "ada", "role": "admin", "mfa": True, "level": 7},
        "source": {"ip": "10.1.2.3", "zone": "internal"},
    }, {}


def roles():
    data = {
        "bindings": {f"user{i}": [f"role{chance.randrange(40)}" for _ in range(3)] for i in range(200)},
        "grants": {
            f"role{i}": [
                {"action": a, "resource": f"service{chance.randrange(30)}"} for a in ("read", "write", "deploy", "approve")
            ] for i in range(40)
        },
    }
    grant = data["grants"][data["bindings"]["user17"][2]][3]
    return {"user": "user17", **grant}, data


def join():
    return {
        "orders": [{"id": i, "customer": f"c{chance.randrange(400)}", "total": chance.randrange(1000)} for i in range(250)],
        "customers": [{"id": f"c{i}", "tier": chance.choice(["gold", "silver", "none"])} for i in range(400)],
    }, {}


def scan():
    return {"wanted": 700, "items": [{"id": i, "size": chance.randrange(100)} for i in range(1000)]}, {}


def sets():
    names = [f"host-{i:04}" for i in range(1000)]
    return {
        "present": chance.sample(names, 700), "wanted": chance.sample(names, 600), "drained": chance.sample(names, 150),
    }, {}


def graph():
    nodes = {f"n{i}": [f"n{chance.randrange(300)}" for _ in range(chance.randrange(4))] for i in range(300)}
    tree = {"name": "root", "parts": []}
    for i in range(20):
        tree["parts"].append({
            "name": f"part{i}",
            "parts": [{"name": f"part{i}.{j}", "image": f"registry/{i}/{j}", "privileged": (i * j) % 17 == 3} for j in range(10)],
        })
    return {"graph": nodes, "from": ["n1", "n2"], "tree": tree}, {}


def strings():
    words = ["fix", "feat", "docs", "payments", "ledger", "Gateway", "release", "Config"]
    return {
        "commits": [
            {
                "sha": f"{chance.getrandbits(80):020x}", "author": f"user{chance.randrange(9)}@corp.example",
                "title": f"{chance.choice(words)}({chance.choice(words)}): {' '.join(chance.sample(words, 5))} #{i}",
                "branch": f"feature/TEAM-{i}/{chance.choice(words)}",
            } for i in range(100)
        ],
    }, {}


def comprehensions():
    return {
        "services": [
            {
                "name": f"svc{i}", "team": f"team{i % 7}", "cost": chance.randrange(500),
                "ports": chance.sample([22, 53, 80, 443, 5432, 6379, 8080, 9090], 3),
                "labels": {"env": chance.choice(["dev", "test", "prod"]), "tier": chance.choice(["a", "b", "c"])},
            } for i in range(120)
        ],
    }, {"allowed": {f"team{i}": [80, 443, 8080, 9090][: 1 + i % 4] for i in range(7)}}


def functions():
    return {
        "pods": [
            {
                "name": f"pod{i}", "namespace": f"ns{i % 12}", "node": f"node{i % 30}",
                "containers": [
                    {"name": f"c{j}", "image": f"{chance.choice(['ghcr.io', 'docker.io', 'quay.example'])}/app{j}:{i % 5}", "cpu": 100 * (1 + j)}
                    for j in range(3)
                ],
            } for i in range(60)
        ],
    }, {
        "quota": {f"ns{i}": 300 + 200 * (i % 6) for i in range(12)},
        "registries": {"ghcr.io": {"trusted": True}, "quay.example": {"trusted": False}},
    }


def every_some():
    checks = ["build", "test", "lint", "scan", "sign"]
    return {
        "releases": [
            {
                "version": f"1.{i}.0", "stages": [
                    {
                        "name": stage, "checks": [{"name": c, "state": "ok" if chance.random() < 0.97 else "failed"} for c in checks],
                        "approvals": [{"by": f"user{chance.randrange(30)}", "role": chance.choice(["dev", "ops", "lead"])} for _ in range(3)],
                    } for stage in ("dev", "test", "prod")
                ],
            } for i in range(40)
        ],
    }, {"needed": checks, "approvers": ["ops", "lead"]}


def containers():
    kinds = [("string", "PATH=/usr/bin:/bin"), ("string", "TERM=xterm"), ("re2", "KUBERNETES_[A-Z_]+=.+"), ("re2", "APP_[A-Z]+=[a-z0-9-]+")]
    policy = []
    for i in range(12):
        policy.append({
            "command": ["/bin/app", f"--mode={i}", "--verbose"], "layers": [f"{chance.getrandbits(128):032x}" for _ in range(5)],
            "working_dir": "/srv", "allow_elevated": i % 3 == 0,
            "env_rules": [{"strategy": s, "rule": r, "required": n < 1} for n, (s, r) in enumerate(kinds)],
            "mounts": [{"destination": f"/mnt/{m}", "source": "sandbox://.+", "type": "bind", "options": ["rbind", "rshared", "ro"]} for m in range(6)],
        })
    chosen = policy[9]
    return {
        "argList": chosen["command"], "layers": chosen["layers"], "workingDir": "/srv",
        "envList": ["PATH=/usr/bin:/bin", "TERM=xterm"] + [f"KUBERNETES_PORT_{c}=tcp" for c in "ABCDEFGH"] + [f"APP_{c}=on-{i}" for i, c in enumerate("XYZ")],
        "mounts": [
            {"destination": f"/mnt/{m}", "source": f"sandbox:///tmp/{m}", "type": "bind", "options": ["rbind", "rshared", "ro"]} for m in range(5)
        ],
        "privileged": True,
    }, {"policy": {"containers": policy}}


def rules():
    return {"method": "GET", "path": ["api", "v1", "route73"], "role": "role3", "tenant": "t1"}, {}


CASES = {
    "miss": miss, "four_conditions": four_conditions, "roles": roles, "join": join, "scan": scan, "sets": sets, "graph": graph,
    "strings": strings, "comprehensions": comprehensions, "functions": functions, "every_some": every_some, "containers": containers,
    "rules": rules,
}


def write_rules():
    """A hundred routes that one look at an index tells apart."""
    lines = ["# Written by make-cases.py.", "package bench.rules", "", "default allow := false", ""]
    for i in range(100):
        lines += [
            "allow if {", '\tinput.method == "GET"' if i % 2 else '\tinput.method in {"POST", "PUT"}',
            f'\tinput.path == ["api", "v1", "route{i}"]' if i % 3 else f'\tinput.path[2] == "route{i}"',
            f'\tinput.role == "role{i % 5}"', "}", "",
        ]
    (HERE / "rules" / "policy.rego").write_text("\n".join(lines[:-1]) + "\n")


def main():
    opa = sys.argv[1] if len(sys.argv) > 1 else None
    write_rules()
    for name, make in CASES.items():
        folder = HERE / name
        document, data = make()
        (folder / "input.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")
        (folder / "data.json").write_text(json.dumps(data, separators=(",", ":")) + "\n")
        if opa is None:
            continue
        query = (folder / "query.txt").read_text().strip()
        answer = subprocess.run(
            [opa, "eval", "-f", "json", "-d", folder / "policy.rego", "-d", folder / "data.json", "-i", folder / "input.json", query],
            check=True, capture_output=True, text=True)
        value = json.loads(answer.stdout)["result"][0]["expressions"][0]["value"]
        (folder / "expected.json").write_text(json.dumps(value, separators=(",", ":")) + "\n")
        print(f"{name}: {json.dumps(value)[:100]}")


main()
