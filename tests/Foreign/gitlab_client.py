"""Drives a GitLab by python-gitlab: one merge request with approvals, notes and statuses.

Reads {"url", "token", "project", "source", "hook"} and writes what it saw, as JSON.
"""
import json
import sys

import gitlab
from gitlab.exceptions import GitlabAuthenticationError, GitlabError

given = json.load(sys.stdin)


def refusal(act):
    try:
        act()
    except GitlabError as problem:
        return problem.response_code
    return None


forge = gitlab.Gitlab(given["url"], private_token=given["token"], per_page=5)
forge.auth()
saw = {"user": forge.user.username}
project = forge.projects.get(given["project"])

hook = project.hooks.create({"url": given["hook"], "token": "s3cret", "push_events": False, "merge_requests_events": True})
hook.note_events = True
hook.save()
saw["hooks"] = [
    [one.url, one.push_events, one.merge_requests_events, one.note_events, getattr(one, "token", None)] for one in project.hooks.list(get_all=True)
]
hook.delete()
saw["hooks left"] = len(project.hooks.list(get_all=True))

wanted = {"source_branch": given["source"], "target_branch": "main", "title": "Scale up"}
change = project.mergerequests.create(wanted)
head = change.sha
saw["change again"] = refusal(lambda: project.mergerequests.create(wanted))
saw["open"] = [[one.iid, one.title, one.source_branch, one.target_branch] for one in project.mergerequests.list(state="opened", get_all=True)]

for number in range(12):
    change.notes.create({"body": f"note {number}"})
saw["notes"] = [one.body for one in change.notes.list(iterator=True) if not one.system]
first = [one for one in change.notes.list(get_all=True) if not one.system][0]
first.body = "note 0, edited"
first.save()
saw["first"] = change.notes.get(first.id).body

saw["approve another head"] = refusal(lambda: change.approve(sha="0" * 40))
change.approve(sha=head)
saw["approved"] = [one["user"]["username"] for one in change.approvals.get().approved_by]
change.unapprove()
saw["approved still"] = [one["user"]["username"] for one in change.approvals.get().approved_by]

commit = project.commits.get(head)
for state in ("pending", "running", "success"):
    commit.statuses.create({"state": state, "name": "gitops-gate", "ref": given["source"], "description": f"it is {state}"})
for number in range(6):
    commit.statuses.create({"state": "success", "name": f"ci {number}", "ref": given["source"]})
saw["unknown state"] = refusal(lambda: commit.statuses.create({"state": "great", "name": "gitops-gate"}))
saw["statuses"] = [[one.name, one.status, one.description] for one in commit.statuses.list(get_all=True)]
saw["changes of commit"] = [one["iid"] for one in commit.merge_requests()]

saw["no such change"] = refusal(lambda: project.mergerequests.get(99))
try:
    gitlab.Gitlab(given["url"], private_token="nobody's").auth()
except GitlabAuthenticationError as problem:
    saw["stranger"] = problem.response_code
json.dump(saw, sys.stdout)
