#!/usr/bin/env python3
"""Prints a pull_request webhook body of about 25 kB, shaped as GitHub's: the same bytes each time."""
import hashlib
import json


def user(n):
    base = f"https://forge.example/api/users/person{n}"
    fields = ("followers", "following", "gists", "starred", "subscriptions", "organizations", "repos", "events", "received_events")
    return {"login": f"person{n}", "id": 1000 + n, "node_id": f"U_{n:08d}", "type": "User", "site_admin": False, "url": base,
            **{f + "_url": f"{base}/{f}" for f in fields}}


def repo():
    base = "https://forge.example/api/repos/acme/shop"
    parts = ("keys collaborators teams hooks issue_events events assignees branches tags blobs git_tags git_refs trees statuses languages "
             "stargazers contributors subscribers subscription commits git_commits comments issue_comment contents compare merges archive "
             "downloads issues pulls milestones notifications labels releases deployments").split()
    return {"id": 77, "name": "shop", "full_name": "acme/shop", "private": False, "owner": user(1), "default_branch": "main",
            "description": "what the shop sells, and how it is deployed", "url": base, **{p + "_url": f"{base}/{p}{{/id}}" for p in parts}}


def prose(length):
    """Words that compress like a person's: drawn from a small vocabulary by a fixed hash."""
    words = ("the change rolls out a sale banner and pins image digests so that replicas in every zone serve one page while probes keep "
             "traffic away from pods that are not ready yet see runbook for rollback").split()
    drawn, n = [], 0
    while sum(map(len, drawn)) + len(drawn) < length:
        drawn += [words[b % len(words)] for b in hashlib.sha256(str(n).encode()).digest()]
        n += 1
    return " ".join(drawn)[:length]


def side(branch, digit):
    return {"label": f"acme:{branch}", "ref": branch, "sha": digit * 40, "user": user(1), "repo": repo()}


pull = {"id": 9001, "number": 7, "state": "open", "title": "Announce the sale", "user": user(2), "body": prose(6_000),
        "draft": False, "labels": [{"id": i, "name": f"label-{i}", "color": "ededed"} for i in range(8)], "assignees": [user(3)],
        "requested_reviewers": [user(4), user(5)], "requested_teams": [], "head": side("sale", "a"), "base": side("main", "b"),
        "merged": False, "mergeable": None, "commits": 3, "additions": 120, "deletions": 4, "changed_files": 5,
        "created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:05Z"}
text = json.dumps({"action": "synchronize", "number": 7, "before": "c" * 40, "after": "a" * 40, "pull_request": pull,
                   "repository": repo(), "sender": user(2)})
print(text + " " * max(0, 25_000 - len(text)), end="")
