"""Drives a GitHub by PyGithub: two people, one pull request from its opening to its merge.

Reads {"api", "alice", "bob" (tokens), "repository", "head", "hook"} and writes what it saw, as JSON.
"""
import json
import sys

from github import Github, GithubException

given = json.load(sys.stdin)


def of(person):
    return Github(login_or_token=given[person], base_url=given["api"], per_page=5, retry=None).get_repo(given["repository"])


def refusal(act):
    try:
        act()
    except GithubException as problem:
        return problem.status
    return None


alice, bob = of("alice"), of("bob")
saw = {}

config = {"url": given["hook"], "content_type": "json", "secret": "s3cret"}
hook = alice.create_hook("web", config, ["push", "pull_request"], True)
saw["hook again"] = refusal(lambda: alice.create_hook("web", config, ["push", "pull_request"], True))
hook.edit("web", config, ["push"], active=False)
saw["hooks"] = [[one.config["url"], one.events, one.active, one.config.get("secret")] for one in alice.get_hooks()]
hook.ping()
hook.delete()
saw["hooks left"] = len(list(alice.get_hooks()))

pull = alice.create_pull(title="Scale up", body="More of it.", base="main", head=given["head"])
saw["pull again"] = refusal(lambda: alice.create_pull(title="Scale up", body="", base="main", head=given["head"]))
saw["open"] = [[one.number, one.title, one.user.login, one.head.ref, one.base.ref] for one in alice.get_pulls(state="open", sort="created")]

for number in range(12):
    pull.create_issue_comment(f"comment {number}")
saw["comments"] = [one.body for one in pull.get_issue_comments()]
saw["counted"] = alice.get_pull(pull.number).comments

saw["own review"] = refusal(lambda: pull.create_review(body="mine", event="APPROVE"))
bob.get_pull(pull.number).create_review(body="Not yet.", event="REQUEST_CHANGES")
bob.get_pull(pull.number).create_review(event="APPROVE")
saw["reviews"] = [[one.user.login, one.state, one.body, one.commit_id == pull.head.sha] for one in pull.get_reviews()]

commit = alice.get_commit(pull.head.sha)
commit.create_status("pending", description="waits", context="gitops-gate")
saw["merge while it waits"] = refusal(pull.merge)
for number in range(7):
    commit.create_status("success", description=f"run {number}", context="ci", target_url="https://ci.example.org/1")
commit.create_status("success", description="all is well", context="gitops-gate")
saw["unknown state"] = refusal(lambda: commit.create_status("great", context="gitops-gate"))
saw["statuses"] = [[one.context, one.state, one.description, one.creator.login] for one in commit.get_statuses()]
saw["pulls of commit"] = [one.number for one in commit.get_pulls()]

saw["merged"] = pull.merge(merge_method="squash").merged
after = alice.get_pull(pull.number)
saw["after"] = [after.state, after.merged, after.merged_by.login]
saw["no such pull"] = refusal(lambda: alice.get_pull(99))
stranger = Github(login_or_token="nobody's", base_url=given["api"], retry=None)
saw["stranger"] = refusal(lambda: stranger.get_repo(given["repository"]))
json.dump(saw, sys.stdout)
