package git.tests

import data.git.direct_push
import data.git.files
import data.git.messages
import data.git.secrets
import data.git.signed_commits

test_a_push_to_a_protected_branch_is_denied if {
	every ref in ["refs/heads/main", "refs/heads/release/1.4"] {
		count(direct_push.deny) == 1 with input as {"event": {"kind": "push", "ref": ref, "direct": true}}
		count(direct_push.deny) == 1 with input as {"event": {"kind": "push", "ref": ref}}
		count(direct_push.deny) == 0 with input as {"event": {"kind": "push", "ref": ref, "direct": false}}
	}
	count(direct_push.deny) == 0 with input as {"event": {"kind": "push", "ref": "refs/heads/feature", "direct": true}}
	count(direct_push.deny) == 0 with input as {"event": {"kind": "change"}}
}

test_commits_need_a_signature_that_holds if {
	commits := [
		{"id": "aaaaaaaaaaaaaaaa", "author": {"login": "ada"}, "signed": {"verified": true}},
		{"id": "bbbbbbbbbbbbbbbb", "author": {"email": "b@example.org"}, "signed": {"verified": false, "reason": "unsigned"}},
		{"id": "cccccccccccccccc", "author": {"login": "cy"}},
	]
	{finding.msg | some finding in signed_commits.warn} == {
		"commit `bbbbbbbbbbbb` by `b@example.org` has no valid signature: unsigned",
		"commit `cccccccccccc` by `cy` has no valid signature: the forge does not say why",
	} with input as {"commits": commits}
}

test_files_that_do_not_belong_into_git if {
	every path, rule in {
		"a/.env": "git/forbidden-path",
		".env": "git/forbidden-path",
		"tls/server.key": "git/forbidden-path",
		"home/id_ed25519": "git/forbidden-path",
		"prod.tfstate.backup": "git/forbidden-path",
		"x/.terraform/y/z": "git/forbidden-path",
	} {
		some finding in files.deny with input as {"files": [{"path": path, "status": "added"}]}
		finding.rule == rule
		finding.file == path
		count(files.deny) == 0 with input as {"files": [{"path": path, "status": "removed"}]}
	}
	count(files.deny) == 0 with input as {"files": [{"path": "src/keys.go", "status": "added", "size": 5242880}]}
	{f.rule | some f in files.deny} == {"git/file-size"} with input as {"files": [{"path": "a", "status": "added", "size": 5242881}]}
	{f.rule | some f in files.deny} == {"git/submodule"} with input as {"files": [{"path": "a", "status": "added", "mode": "160000"}]}
	{f.rule | some f in files.warn} == {"git/binary-file"} with input as {"files": [{"path": "a", "status": "added", "binary": true}]}
}

# Written in two parts, so that this file does not look like what it tests.
secret_lines := {
	concat("", ["-----BEGIN RSA PRIVATE", " KEY-----"]): "a private key",
	concat("", ["key: AKIA", "ABCDEFGHIJKLMNOP"]): "an AWS access key",
	concat("", ["ghp", "_0123456789abcdefghijklmnopqrstuvwxyz"]): "a GitHub token",
	concat("", ["glpat", "-0123456789abcdefghij"]): "a GitLab token",
	concat("", ["xoxb", "-0123456789-abc"]): "a Slack token",
	concat("", ["url = postgres://app:hunter22", "@db.example.org/app"]): "a password in an address",
	concat("", ["db_password: 'correct", "-horse-battery'"]): "a value that is called a secret",
}

test_secrets_are_found_and_not_repeated if {
	every text, what in secret_lines {
		change := {"files": [{"path": "a.txt", "status": "added", "added": [{"line": 1, "text": "x"}, {"line": 7, "text": text}]}]}
		some finding in secrets.deny with input as change
		finding.file == "a.txt"
		finding.line == 7
		contains(finding.msg, what)
		not contains(finding.msg, text)
	}
}

test_what_only_resembles_a_secret_is_left_alone if {
	every text in [
		"password: \"${DB_PASSWORD}\"", "token = '<your-token-here>'", "secretName: web-tls", "-----BEGIN PUBLIC KEY-----",
		"https://user@example.org/x", "image: ghcr.io/acme/web:1.4@sha256:00", "password: \"{{ .Values.password }}\"",
	] {
		count(secrets.deny) == 0 with input as {"files": [{"path": "a", "added": [{"line": 1, "text": text}]}]}
	}
}

test_lines_that_were_cut_off_are_not_taken_for_clean if {
	line := {"line": 1, "text": "clean"}
	change := {"files": [{"path": "a", "additions": 3, "added": [line]}, {"path": "b", "additions": 1, "added": [line]}, {"path": "c", "additions": 1}]}
	messages := {[finding.rule, finding.file] | some finding in secrets.deny with input as change}
	messages == {["git/secret-unseen", "a"], ["git/secret-unseen", "c"]}
	count(secrets.deny) == 0 with input as {"files": [{"path": "a/testdata/b", "additions": 3, "added": [line]}]}
}

test_a_line_that_was_cut_is_warned_of if {
	files := [{"path": "a", "additions": 1, "added": [{"line": 7, "text": concat("", [sprintf("%1000d", [0]), sprintf("%1000d", [0])])}]}]
	{finding.line | some finding in secrets.warn with input as {"files": files}} == {7}
	count(secrets.deny) == 0 with input as {"files": files}
}

test_secrets_in_ignored_paths_are_left_alone if {
	some text, _ in secret_lines
	count(secrets.deny) == 0 with input as {"files": [{"path": "a/testdata/b", "added": [{"line": 1, "text": text}]}]}
}

test_commit_messages if {
	cases := {
		"Add a probe": [],
		"Add a probe\n\nIt was missing.": [],
		"": ["is empty"],
		"Add\nmore": ["has no empty line below its first line"],
		"fixup! Add": ["is meant to be squashed into another commit first"],
		concat("", ["x" | some _ in numbers.range(1, 73)]): ["has a first line of 73 characters; 72 are enough"],
	}
	every message, wanted in cases {
		expected := {sprintf("the message of commit `a` %s", [w]) | some w in wanted}
		{f.msg | some f in messages.warn} == expected with input as {"commits": [{"id": "a", "message": message, "parents": ["b"]}]}
		count(messages.warn) == 0 with input as {"commits": [{"id": "a", "message": message, "parents": ["b", "c"]}]}
	}
}
