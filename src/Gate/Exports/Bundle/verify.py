#!/usr/bin/env python3
"""Checks an evidence bundle of GitOps Gate offline.

    python3 verify.py BUNDLE.zip --key KEY [--policy POLICY] [--previous CHECKPOINT] [--tsa PEM]
        [--attestation-key PEM]

KEY is the log's key (`name+hash+base64`), or the file `keys.json` with all keys that it ever had, as you know it from
elsewhere than this bundle. POLICY is a file that says whose cosignatures you ask for (C2SP tlog-policy); without --key, its
log is the one. CHECKPOINT is the file `log/checkpoint` of the bundle that you checked last. PEM holds the root certificates
of the time-stamp authority, known from elsewhere, too; the other PEM is the gate's attestation key, which signs the list of
files. Needs Python 3.11 or newer; an ECDSA signature beside the Ed25519
one, and a time stamp, are checked where there is an `openssl`.
Ends with 0 when everything holds, with 1 when anything does not; each failure is named with its file and line.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import datetime
import hashlib
import hmac
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

LONGEST_LEAF = 16_384
LONGEST_FILE = 1 << 26
MOST_NAMED = 20
MOST_DISCLOSED = 500_000
LONGEST_SECTION = 1 << 16
LONGEST_STAMP = 1 << 16
WITHHELD = "sealed/withheld.csv"
STAMPED, STAMP, STAMPED_PROOF, AUTHORITIES = "log/checkpoint.stamped", "log/checkpoint.tsr", "log/stamped.proof", "trust/tsa/ca.pem"
SIGNED_MANIFEST = "MANIFEST.dsse.json"
ATTESTATION_KEY = "trust/attestation.pem"
ABSENT = "attestations/absent.csv"
LONGEST_ENVELOPE = 1 << 20
STATEMENT = "application/vnd.in-toto+json"
BUNDLE_PREDICATE = "https://gitops-gate.dev/evidence-bundle/v1"
PREDICATES = ("decision", "vsa", "provenance")
POPULATION = (
    "population,pop_no,change_id,log_seq,leaf_sha256,provider,repo,target_ref,pr_no,pr_url,title,reason,security_impact,"
    "change_type,risk,environment,service,author_ref,author,committer_refs,approver_refs,approvers,approvals_required,"
    "approvals_valid,codeowner_ok,merger_ref,deployer_ref,bot,author≠approver,committer≠approver,author≠deployer,"
    "approved_after_last_push,sod_result,opened_at,last_push_at,approved_at,decided_at,merged_at,dispatched_at,deployed_at,"
    "approved_before_deploy,head_sha,merge_sha,deployed_sha,artefact_digest,deployed_is_approved,required_checks,"
    "checks_passed,checks_at,ticket_ids,ticket_linked_before_merge,policy_id,policy_digest,decision,failed_rules,exception,"
    "exception_type,override_by_ref,override_second_ref,override_reason,followup_due,followup_done_at,followup_by_ref,"
    "followup_result,followup_late,deploy_result,rollback_plan,rolled_back_by_change,incident_ids,attestation_sha256,CC8.1,"
    "A.8.32,PCI 6.5.1,SOX ITGC"
).split(",")
CONTROLS = POPULATION[-4:]
COSIGNATURE = 4
ML_DSA = 6


class Problem(Exception):
    """What keeps a file from being read at all."""


class Findings:
    """What was found, in the order of the checks."""

    def __init__(self) -> None:
        self.failed = 0

    def check(self, name: str, failures: list[str], note: str = "") -> None:
        self.failed += len(failures)
        if not failures:
            print(f"ok   {name}{': ' + note if note else ''}")
        for failure in failures[:MOST_NAMED]:
            print(f"FAIL {name}: {failure}")
        if len(failures) > MOST_NAMED:
            print(f"FAIL {name}: and {len(failures) - MOST_NAMED} more")


# ---- Ed25519 (RFC 8032, section 5.1), verification alone: nothing here is secret, so nothing needs constant time.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


def recover(encoded: bytes) -> Point | None:
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_M1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def add(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(times: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while times:
        if times & 1:
            total = add(total, point)
        point = add(point, point)
        times >>= 1
    return total


BASE = recover((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_holds(key: bytes, message: bytes, signature: bytes) -> bool:
    if len(key) != 32 or len(signature) != 64:
        return False
    public, commitment = recover(key), recover(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if public is None or commitment is None or BASE is None or scalar >= L:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    left, right = multiply(scalar, BASE), add(commitment, multiply(challenge, public))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# ---- Notes and checkpoints (C2SP signed-note, tlog-checkpoint).


@dataclass(frozen=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes


def unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as trouble:
        raise Problem(f"`{text[:60]}` is not base 64") from trouble


def checkpoint_of(text: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) < 4 or not lines[1].isascii() or not lines[1].isdecimal() or str(int(lines[1])) != lines[1]:
        raise Problem("no checkpoint: an origin, a size and a root, each in its line, would be right")
    root = unbase64(lines[2])
    if len(root) != 32:
        raise Problem("the checkpoint's root has not 32 bytes")
    return Checkpoint(lines[0], int(lines[1]), root)


def note_of(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The signed text and its signature lines as name and bytes; a text without signatures is taken as it is."""
    at = note.rfind("\n\n")
    if at < 0:
        return note, []
    lines = []
    for line in note[at + 2 :].splitlines():
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "—":
            raise Problem(f"`{line[:60]}` is no signature line")
        lines.append((parts[1], unbase64(parts[2])))
    return note[: at + 1], lines


@dataclass(frozen=True)
class Key:
    """A key of the log, and the sizes of the log that its signature counts for."""

    name: str
    key_id: bytes
    algorithm: int
    public: bytes
    first: int = 0
    last: int | None = None

    def counts_for(self, size: int) -> bool:
        return self.first <= size and (self.last is None or size <= self.last)

    def holds(self, text: bytes, signature: bytes) -> bool | None:
        """Whether the signature is this key's over the text; None when it cannot be checked here."""
        if self.algorithm == COSIGNATURE:
            return len(signature) > 8 and ed25519_holds(self.public, cosigned(text, signature[:8]), signature[8:])
        if self.algorithm == ML_DSA:
            return None
        return ed25519_holds(self.public, text, signature) if self.algorithm == 1 else ecdsa_holds(self.public, text, signature)

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}"


def cosigned(text: bytes, time: bytes) -> bytes:
    """What a witness signs (C2SP tlog-cosignature)."""
    return f"cosignature/v1\ntime {int.from_bytes(time, 'big')}\n".encode() + text


def key_of(vkey: str, first: int = 0, last: int | None = None) -> Key:
    name, _, rest = vkey.partition("+")
    digest, _, encoded = rest.partition("+")
    material = unbase64(encoded)
    algorithm, public = material[:1], material[1:]
    # C2SP signed-note: an ECDSA key is known by its own hash alone.
    key_id = hashlib.sha256(public if algorithm == b"\x02" else name.encode() + b"\n" + material).digest()[:4]
    right = (len(public) == 32) if algorithm in (b"\x01", b"\x04") else (len(public) == 1312) if algorithm == b"\x06" else algorithm == b"\x02" and public
    if not right or key_id.hex() != digest:
        raise Problem(f"`{vkey[:80]}` is no key of the form `name+hash+base64` (Ed25519, ECDSA, or a witness')")
    return Key(name, key_id, algorithm[0], public, first, last)


def keys_of(document: dict[str, Any]) -> list[Key]:
    """The keys of `keys.json`."""
    return [key_of(str(one["vkey"]), int(one.get("from", 0)), None if one.get("to") is None else int(one["to"])) for one in document["keys"]]


def given_keys(given: str) -> list[Key]:
    """A key, or the file that holds all of them."""
    if not os.path.isfile(given):
        return [key_of(given)]
    with open(given, encoding="utf-8") as file:
        text = file.read()
    return keys_of(json.loads(text)) if text.lstrip().startswith("{") else [key_of(text.strip())]


def ecdsa_holds(public: bytes, message: bytes, signature: bytes) -> bool | None:
    """ECDSA P-256 with SHA-256, by the machine's openssl; None where there is none."""
    program = shutil.which("openssl")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        pem = b"-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(public) + b"-----END PUBLIC KEY-----\n"
        paths = []
        for name, content in (("key.pem", pem), ("sig", signature), ("text", message)):
            paths.append(os.path.join(folder, name))
            with open(paths[-1], "wb") as file:
                file.write(content)
        command = [program, "dgst", "-sha256", "-verify", paths[0], "-signature", paths[1], paths[2]]
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def signature_failures(note: str, keys: list[Key]) -> tuple[list[str], str]:
    """What is wrong with the signatures; and what was found right, in words."""
    try:
        text, lines = note_of(note)
        size = checkpoint_of(text).size
    except Problem as trouble:
        return [f"log/checkpoint: {trouble}"], ""
    found: dict[Key, bytes] = {}
    for key in keys:
        for name, signature in lines:
            if name == key.name and signature[:4] == key.key_id:
                found.setdefault(key, signature[4:])
    if not found:
        return [f"log/checkpoint: not signed with a trusted key ({', '.join(map(str, keys))})"], ""
    counted = [key for key in found if key.counts_for(size)]
    if not counted:
        ranges = ", ".join(f"{key} is for {key.first} to {'the end' if key.last is None else key.last}" for key in found)
        return [f"log/checkpoint: no trusted key is valid for {size} entries ({ranges})"], ""
    told, checked = [], 0
    for key in counted:
        holds = key.holds(text.encode(), found[key])
        if holds is False:
            return [f"log/checkpoint: the signature of `{key}` is not this key's over this text"], ""
        checked += holds is True
        told.append(f"{key}{'' if holds else ' (ECDSA: not checked, there is no openssl here)'}")
    if not checked:
        return ["log/checkpoint: only ECDSA lines are trusted, and there is no openssl here to check them"], ""
    return [], ", ".join(told)


# ---- Whose cosignatures are asked for (C2SP tlog-policy).


class Policy:
    """The logs, the witnesses by name, the groups by name (how many of whom), and the quorum's name."""

    def __init__(self, text: str) -> None:
        self.logs: list[Key] = []
        self.witnesses: dict[str, Key] = {}
        self.groups: dict[str, tuple[int, list[str]]] = {}
        self.quorum = ""
        self.members: set[str] = set()
        for number, line in enumerate(text.split("\n"), 1):
            try:
                if re.search("[\x00-\x08\x0b-\x1f\x7f]", line):
                    raise Problem("it holds a control character")
                self.take([part for part in re.split("[ \t]+", line) if part])
            except (Problem, ValueError) as trouble:
                raise Problem(f"line {number} of the policy: {trouble}") from None
        if not self.quorum:
            raise Problem("the policy has no line `quorum`; `quorum none` would ask for no witness")

    def take(self, parts: list[str]) -> None:
        if not parts or parts[0].startswith("#"):
            return
        if parts[0] == "log" and len(parts) in (2, 3):
            self.logs.append(self.fresh(key_of(parts[1]), self.logs, (1, 2, ML_DSA)))
        elif parts[0] == "witness" and len(parts) in (3, 4):
            self.witnesses[self.free(parts[1])] = self.fresh(key_of(parts[2]), list(self.witnesses.values()), (COSIGNATURE, ML_DSA))
        elif parts[0] == "group" and len(parts) > 3:
            members = [self.known(name) for name in parts[3:]]
            if len(set(members)) < len(members) or self.members & set(members):
                raise Problem("a member stands twice; each counts once")
            needed = {"all": len(members), "any": 1}.get(parts[2]) or (int(parts[2]) if re.fullmatch("[1-9][0-9]*", parts[2]) else 0)
            if not 1 <= needed <= len(members):
                raise Problem(f"`{parts[2]}` of {len(members)} members")
            self.groups[self.free(parts[1])] = (needed, members)
            self.members |= set(members)
        elif parts[0] == "quorum" and len(parts) == 2 and not self.quorum:
            self.quorum = parts[1] if parts[1] == "none" else self.known(parts[1])
        else:
            raise Problem("`log KEY`, `witness NAME KEY`, `group NAME all|any|N NAME…` or one `quorum NAME` would be right")

    def fresh(self, key: Key, others: list[Key], algorithms: tuple[int, ...]) -> Key:
        if key.algorithm not in algorithms:
            raise Problem(f"`{key}` is of a kind that does not belong here")
        if any((one.algorithm, one.public) == (key.algorithm, key.public) for one in others):
            raise Problem(f"the key of `{key}` stands twice")
        return key

    def free(self, name: str) -> str:
        if name == "none" or name in self.witnesses or name in self.groups:
            raise Problem(f"the name `{name}` is taken")
        return name

    def known(self, name: str) -> str:
        if name not in self.witnesses and name not in self.groups:
            raise Problem(f"`{name}` is no witness and no group of a line before")
        return name

    def is_met(self, name: str, given: set[str]) -> bool:
        if name not in self.groups:
            return name == "none" or name in given
        needed, members = self.groups[name]
        return sum(self.is_met(member, given) for member in members) >= needed


def quorum_failures(note: str, policy: Policy) -> tuple[list[str], str]:
    """Why the policy does not trust the checkpoint; and what was found right, in words."""
    try:
        text, lines = note_of(note)
        origin = checkpoint_of(text).origin
    except Problem as trouble:
        return [f"log/checkpoint: {trouble}"], ""
    failures, unchecked, given = [], [], set()
    signed = [(key, line) for key in policy.logs for name, line in lines if name == key.name == origin and line[:4] == key.key_id]
    results = [key.holds(text.encode(), line[4:]) for key, line in signed]
    if policy.logs and True not in results:
        failures.append("log/checkpoint: no log of the policy has signed it")
    elif False in results:
        failures.append("log/checkpoint: the log's line is not signed with its key over this checkpoint")
    for name, key in policy.witnesses.items():
        line = next((line for owner, line in lines if owner == key.name and line[:4] == key.key_id), None)
        holds = line is not None and key.holds(text.encode(), line[4:])
        if holds:
            given.add(name)
        elif holds is None:
            unchecked.append(name)
        elif line is not None:
            failures.append(f"log/checkpoint: the line of witness `{name}` is not signed with its key over this checkpoint")
    if not policy.is_met(policy.quorum, given):
        cannot = f"; ML-DSA, which this program cannot check: {', '.join(unchecked)}" if unchecked else ""
        failures.append(f"log/checkpoint: quorum `{policy.quorum}` is not reached; given: {', '.join(sorted(given)) or 'none'}{cannot}")
    return failures, f"{policy.quorum}: {', '.join(sorted(given)) or 'no witness is asked for'}"


# ---- The tree (RFC 6962).


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def split(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


def range_root(leaves: Iterator[bytes], first: int, end: int, size: int, proof: list[bytes]) -> bytes:
    """The root of a tree of which the leaves [first, end) are given and the rest as the largest subtrees without them."""
    rest = iter(proof)

    def walk(start: int, stop: int) -> bytes:
        if stop <= first or end <= start:
            return next(rest)
        if stop - start == 1:
            return next(leaves)
        middle = start + split(stop - start)
        left = walk(start, middle)
        return node_hash(left, walk(middle, stop))

    try:
        root = walk(0, size)
    except StopIteration:
        raise Problem("leaves or hashes of the proof are missing") from None
    if next(rest, None) is not None or next(leaves, None) is not None:
        raise Problem("leaves or hashes of the proof are left over")
    return root


def continues(old: Checkpoint, new: Checkpoint, proof: list[bytes]) -> bool:
    """RFC 9162, section 2.1.4.2."""
    if old.size == new.size:
        return not proof and old.root == new.root
    if not 0 < old.size < new.size or not proof:
        return False
    path = ([old.root] if old.size & (old.size - 1) == 0 else []) + proof
    node, last = old.size - 1, new.size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    older = newer = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            older, newer = node_hash(sibling, older), node_hash(sibling, newer)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            newer = node_hash(newer, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and older == old.root and newer == new.root


# ---- Reading the bundle.


class Bundle:
    def __init__(self, path: str) -> None:
        self.zip = zipfile.ZipFile(path)
        names = self.zip.namelist()
        self.names = set(names)
        disclosed = sum(name.startswith("sealed/") for name in names)
        if len(names) != len(self.names) or len(names) - disclosed > 64 or disclosed > MOST_DISCLOSED:
            raise Problem("the bundle holds a name twice, or more files than a bundle has")

    def text(self, name: str) -> str:
        if name not in self.names:
            raise Problem(f"{name}: missing")
        with self.zip.open(name) as file:
            data = file.read(LONGEST_FILE + 1)
        if len(data) > LONGEST_FILE:
            raise Problem(f"{name}: longer than {LONGEST_FILE} bytes")
        try:
            return data.decode()
        except UnicodeDecodeError as trouble:
            raise Problem(f"{name}: not UTF-8") from trouble

    def json(self, name: str) -> dict[str, Any]:
        try:
            value = json.loads(self.text(name))
        except ValueError as trouble:
            raise Problem(f"{name}: not JSON") from trouble
        if not isinstance(value, dict):
            raise Problem(f"{name}: not a JSON object")
        return value

    def hashes(self, name: str) -> list[bytes]:
        found = [unbase64(line) for line in self.text(name).splitlines()]
        if any(len(one) != 32 for one in found):
            raise Problem(f"{name}: a hash has not 32 bytes")
        return found

    def lines(self, name: str, longest: int) -> Iterator[bytes]:
        with self.zip.open(name) as file:
            while line := file.readline(longest + 2):
                if not line.endswith(b"\n"):
                    raise Problem(f"{name}: a line is longer than {longest} bytes, or has no end")
                yield line[:-1]

    def digest(self, name: str) -> str:
        digest = hashlib.sha256()
        with self.zip.open(name) as file:
            while block := file.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()

    def section(self, name: str) -> bytes:
        return self.small(name, LONGEST_SECTION)

    def small(self, name: str, longest: int) -> bytes:
        if name not in self.names:
            raise Problem(f"{name}: missing")
        with self.zip.open(name) as file:
            data = file.read(longest + 1)
        if len(data) > longest:
            raise Problem(f"{name}: longer than {longest} bytes")
        return data

    def leaves(self) -> Iterator[bytes]:
        if "log/entries.jsonl" not in self.names:
            raise Problem("log/entries.jsonl: missing")
        with self.zip.open("log/entries.jsonl") as file:
            # Blocks, since a zip's own lines cost more than all that is done with them. What is too long comes in pieces, none of them an entry.
            rest = b""
            while block := file.read(1 << 18):
                lines = (rest + block).split(b"\n")
                rest = lines.pop()
                yield from lines
                if len(rest) > LONGEST_LEAF:
                    yield rest
                    rest = b""
            if rest:
                yield rest


@dataclass
class Leaf:
    """One entry: its bytes, and what it says."""

    data: bytes
    says: dict[str, Any]

    @property
    def hash(self) -> str:
        return leaf_hash(self.data).hex()

    def get(self, *path: str) -> Any:
        value: Any = self.says
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def text(self, *path: str) -> str:
        value = self.get(*path)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, list):
            return ";".join(one for one in value if isinstance(one, str))
        return str(value) if isinstance(value, (str, int)) else ""

    def texts(self, *path: str) -> list[str]:
        value = self.get(*path)
        return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []

    def section(self, name: str) -> str:
        """What the entry commits to under the name of a sealed section: hexadecimal, or nothing."""
        return next((commitment for one, commitment in self.sections() if one == name), "")

    def sections(self) -> list[tuple[str, str]]:
        listed = self.get("sealed")
        found = []
        for one in listed if isinstance(listed, list) else ():
            if isinstance(one, dict) and isinstance(one.get("n"), str) and isinstance(one.get("c"), str):
                try:
                    found.append((one["n"], unbase64(one["c"]).hex()))
                except Problem:
                    found.append((one["n"], ""))
        return found

    def issued(self) -> str:
        """The digest of the envelope that the entry says was issued, or nothing."""
        named = re.fullmatch(r"sha256:([0-9a-f]{64})", self.text("subject", "digest"))
        return named[1] if named and self.text("type") == "attestation.issued" else ""

    def when(self) -> str:
        return self.text("occurred") or self.text("time")

    def tag(self) -> list[str]:
        return [self.text("seq"), self.hash]


# ---- The reports, derived from the entries of the period and the sections that are disclosed.


@dataclass
class Facts:
    """What later entries of the period say of an order or a change."""

    merged: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    reported: dict[str, tuple[str, str]] = field(default_factory=dict)
    disclosed: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    attested: dict[tuple[str, str], str] = field(default_factory=dict)
    issued: dict[str, tuple[int, str]] = field(default_factory=dict)

    def keep(self, into: dict[str, str], whose: str, leaf: Leaf, section: str) -> None:
        text = self.disclosed.get(leaf.section(section))
        if whose and text is not None:
            into[whose] = text

    def called(self, people: list[str]) -> str:
        if not any(one in self.names for one in people):
            return "withheld" if people else ""
        return ";".join(self.names.get(one, "withheld") for one in people)

    def reason(self, leaf: Leaf) -> str:
        commitment = leaf.section("reason")
        return leaf.text("attrs", "reason") or (self.disclosed.get(commitment, "withheld") if commitment else "")

    def take(self, leaf: Leaf) -> None:
        if self.disclosed and "sealed" in leaf.says:
            self.keep(self.names, leaf.text("actor", "ref"), leaf, "actor")
            self.keep(self.names, leaf.text("attrs", "author"), leaf, "author")
            self.keep(self.titles, leaf.text("corr"), leaf, "title")
            if leaf.text("type") == "override.used":
                self.keep(self.reasons, leaf.text("corr"), leaf, "reason")
        kind, order = leaf.text("type"), leaf.text("subject", "ref")
        if kind == "change.merged":
            self.merged[leaf.text("corr")] = (leaf.text("actor", "ref"), leaf.when(), leaf.text("attrs", "mergeCommit"))
        elif kind == "dispatch.accepted":
            self.accepted.add(order)
        elif kind == "dispatch.failed":
            self.failed.add(order)
        elif kind == "attestation.issued" and leaf.text("attrs", "predicate") == "vsa" and leaf.issued():
            self.attested.setdefault((leaf.text("attrs", "repository"), leaf.text("attrs", "commit")), leaf.issued())
        elif kind == "deployment.reported" and order:
            self.reported[order] = (leaf.text("attrs", "phase"), leaf.when())

    def result(self, order: str) -> tuple[str, str]:
        """What became of an order, and when it ran."""
        if order in self.reported:
            phase, when = self.reported[order]
            return phase, when if phase == "applied" else ""
        return "accepted" if order in self.accepted else "failed" if order in self.failed else "", ""


def distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


@dataclass
class Duties:
    """Who did what for a deployment: an author and the approvers of each merge that it brings."""

    authors: list[str]
    approvers: list[str]
    result: str

    @staticmethod
    def of(leaf: Leaf) -> Duties:
        merges = [line.split(" ") for line in leaf.texts("attrs", "duties")]
        authors = distinct(merge[0] for merge in merges)
        approvers = distinct(one for merge in merges for one in merge[1:])
        if not merges or leaf.text("attrs", "merges") != str(len(merges)):
            return Duties(authors, approvers, "n.a.")
        separate = all(len(merge) > 1 and merge[0] not in merge[1:] for merge in merges)
        return Duties(authors, approvers, "pass" if separate else "fail")

    def apart(self) -> str:
        return "" if self.result == "n.a." or not self.approvers else "true" if self.result == "pass" else "false"


def number_of(leaf: Leaf, environment: str) -> tuple[str, str] | None:
    """The population and number of a row of the population report, or None for other entries."""
    kind, pop = leaf.text("type"), leaf.get("pop")
    if not isinstance(pop, dict):
        return None
    for name in sorted(pop):
        unmanaged = kind == "change.unmanaged" and name == "unmanaged"
        deploy = kind == "dispatch.requested" and name.startswith("deploy:") and environment in ("", name[7:])
        if unmanaged or deploy:
            return name, leaf.text("pop", name)
    return None


def population(leaf: Leaf, facts: Facts, environment: str) -> list[list[str]]:
    number = number_of(leaf, environment)
    if number is None:
        return []
    row = dict.fromkeys(POPULATION, "")
    row.update(population=number[0], pop_no=number[1], change_id=leaf.text("corr"), log_seq=leaf.text("seq"), leaf_sha256=leaf.hash)
    row["target_ref"] = leaf.text("attrs", "branch")
    if number[0] == "unmanaged":
        row.update(repo=leaf.text("subject", "ref"), change_type="unmanaged", head_sha=leaf.text("attrs", "after"))
        row.update(exception="true", exception_type="unmanaged", sod_result="fail")
        row.update(dict.fromkeys(CONTROLS, "fail"))
        row["attestation_sha256"] = facts.attested.get((row["repo"], row["head_sha"]), "")
        return [list(row.values())]
    duties = Duties.of(leaf)
    deploy_row(row, leaf, duties, facts)
    row["merger_ref"], row["merged_at"], row["merge_sha"] = facts.merged.get(leaf.text("corr"), ("", "", ""))
    row["deploy_result"], row["deployed_at"] = facts.result(leaf.text("subject", "ref"))
    row["attestation_sha256"] = facts.attested.get((row["repo"], row["deployed_sha"]), "")
    row.update(zip(CONTROLS, controls(row)))
    return [list(row.values())]


def deploy_row(row: dict[str, str], leaf: Leaf, duties: Duties, facts: Facts) -> None:
    overridden = leaf.text("attrs", "overrideBy")
    approved_at = leaf.text("attrs", "approvedAt")
    row.update(provider=leaf.text("attrs", "forge"), repo=leaf.text("attrs", "repository"), pr_no=leaf.text("attrs", "change"))
    row.update(title=facts.titles.get(leaf.text("corr"), "withheld"), environment=leaf.text("attrs", "environment"))
    row["change_type"] = "emergency" if overridden else "normal"
    row.update(author_ref=";".join(duties.authors), approver_refs=";".join(duties.approvers), deployer_ref="gate")
    row.update(author=facts.called(duties.authors), approvers=facts.called(duties.approvers))
    row.update(approvals_required=leaf.text("attrs", "required"), approvals_valid=leaf.text("attrs", "given"))
    row["author≠approver"], row["sod_result"] = duties.apart(), duties.result
    row["author≠deployer"] = "true" if duties.authors else ""
    row.update(approved_after_last_push=leaf.text("attrs", "onHead"), approved_at=approved_at)
    row.update(decided_at=leaf.text("attrs", "decidedAt"), dispatched_at=leaf.text("time"))
    row["approved_before_deploy"] = "" if not approved_at else "true" if approved_at <= leaf.text("time") else "false"
    row.update(head_sha=leaf.text("attrs", "head"), deployed_sha=leaf.text("attrs", "commit"), artefact_digest=leaf.text("attrs", "tree"))
    decision = leaf.text("attrs", "verdict")
    row["deployed_is_approved"] = "" if not decision else "true" if decision == "allowed" else "false"
    row.update(policy_id=leaf.text("attrs", "policies"), policy_digest=leaf.text("attrs", "rules"), decision=decision)
    row.update(exception="true" if overridden else "false", exception_type="override" if overridden else "")
    row.update(override_by_ref=overridden, override_reason=facts.reasons.get(leaf.text("corr"), "withheld") if overridden else "")


def controls(row: dict[str, str]) -> list[str]:
    """The published rules of reports/controls.json."""
    if not row["decision"] or row["sod_result"] == "n.a.":
        return ["n.a."] * 4
    allowed, before = row["decision"] == "allowed", row["approved_before_deploy"] == "true"
    approved = allowed and before and row["approvals_valid"] not in ("", "0")
    separate = "pass" if approved and row["sod_result"] == "pass" else "fail"
    return [separate, "pass" if allowed and before else "fail", "n.a." if approved else "fail", separate]


def sod(leaf: Leaf, facts: Facts, environment: str) -> list[list[str]]:
    number = number_of(leaf, environment)
    if number is None or number[0] == "unmanaged":
        return []
    duties = Duties.of(leaf)
    merger = facts.merged.get(leaf.text("corr"), ("", "", ""))[0]
    authors, approvers = ";".join(duties.authors), ";".join(duties.approvers)
    merged = "" if not merger or not authors else "false" if merger in duties.authors else "true"
    return [[*leaf.tag(), *number, leaf.text("corr"), authors, approvers, merger, "gate", duties.apart(), merged, duties.result]]


def listed(kinds: tuple[str, ...], *columns: str) -> Callable[[Leaf, Facts, str], list[list[str]]]:
    """A report with one row for each entry of some types; each column is the path of a member."""

    def rows(leaf: Leaf, facts: Facts, _environment: str) -> list[list[str]]:
        if leaf.text("type") not in kinds:
            return []
        cells = (facts.reason(leaf) if column == "attrs.reason" else leaf.text(*column.split(".")) for column in columns)
        return [[*leaf.tag(), *cells]]

    return rows


HEAD = ("time", "type", "outcome")
EXCEPTIONS = ("override.requested", "override.used", "change.unmanaged", "dispatch.withheld", "webhook.rejected")
SETTINGS = ("config.changed", "policy.activated")
ACCESS = (
    "token.created", "session.started", "session.failed", "export.created", "privacy.opened", "privacy.requested", "privacy.erased",
    "export.downloaded", "link.created", "link.revoked",
)
RECONCILED = ("reconciliation.completed",)
# Entries of no other type give a row to any report.
REPORTED = frozenset(("change.unmanaged", "dispatch.requested", *EXCEPTIONS, *SETTINGS, *ACCESS, *RECONCILED))
REPORTS: dict[str, tuple[str, Callable[[Leaf, Facts, str], list[list[str]]]]] = {
    "reports/population.csv": (",".join(POPULATION), population),
    "reports/sod.csv": (
        "log_seq,leaf_sha256,population,pop_no,change_id,author_refs,approver_refs,merger_ref,deployer_ref,author≠approver,"
        "author≠merger,result",
        sod,
    ),
    "reports/exceptions.csv": (
        "log_seq,leaf_sha256,time,type,outcome,change_id,subject,actor_ref,branch,count,rule,reason",
        listed(
            EXCEPTIONS,
            *HEAD, "corr", "subject.ref", "actor.ref", "attrs.branch", "attrs.count", "attrs.rule", "attrs.reason",
        ),
    ),
    "reports/config-changes.csv": (
        "log_seq,leaf_sha256,time,type,outcome,actor_ref,subject_kind,subject,digest,what,why,engine",
        listed(
            SETTINGS,
            *HEAD, "actor.ref", "subject.kind", "subject.ref", "subject.digest", "attrs.what", "attrs.why", "attrs.engine",
        ),
    ),
    "reports/access-changes.csv": (
        "log_seq,leaf_sha256,time,type,outcome,actor_ref,subject_kind,subject,role,target,count,reason",
        listed(
            ACCESS,
            *HEAD, "actor.ref", "subject.kind", "subject.ref", "attrs.role", "attrs.target", "attrs.count", "attrs.reason",
        ),
    ),
    "reports/reconciliation.csv": (
        "log_seq,leaf_sha256,time,type,outcome,repo,redelivered,backfilled,deliveries",
        listed(RECONCILED, *HEAD, "subject.ref", "attrs.redelivered", "attrs.backfilled", "attrs.deliveries"),
    ),
}


def csv_line(cells: list[str]) -> bytes:
    def quoted(cell: str) -> str:
        safe = "'" + cell if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
        return '"' + safe.replace('"', '""') + '"' if any(mark in safe for mark in '",\r\n') else safe

    return (",".join(map(quoted, cells)) + "\r\n").encode()


class Compared:
    """A report of the bundle beside what the entries say; names the first line that differs."""

    def __init__(self, bundle: Bundle, name: str) -> None:
        self.name, self.line, self.failure = name, 1, ""
        self.file = bundle.zip.open(name) if name in bundle.names else None
        if self.file is None:
            self.failure = f"{name}: missing"

    def expect(self, row: bytes, whence: str) -> None:
        if self.failure or self.file is None:
            return
        lines = row.count(b"\n")
        found = b"".join(self.file.readline(LONGEST_FILE) for _ in range(lines))
        if not found:
            self.failure = f"{self.name}:{self.line}: the row of {whence} is missing"
        elif found != row:
            self.failure = f"{self.name}:{self.line}: does not say what {whence} says"
        self.line += lines

    def end(self) -> list[str]:
        if not self.failure and self.file is not None and self.file.readline(LONGEST_FILE):
            self.failure = f"{self.name}:{self.line}: a row that no entry gives"
        return [self.failure] if self.failure else []


# ---- The checks.


@dataclass
class Walk:
    """What one walk over the entries found."""

    seq: list[str] = field(default_factory=list)
    time: list[str] = field(default_factory=list)
    counters: list[str] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)
    hashes: list[bytes] = field(default_factory=list)
    # The lines whose entries may give a row to a report.
    reported: set[int] = field(default_factory=set)
    closes: Closes | None = None


class Closes:
    """Holds `population.closed` entries against the entries around them. What an entry counts after a close must be more than
    the close says; what the close says must be what was counted before the place that it names; each names the one before."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.failures: list[str] = []
        self.counted: dict[str, list[tuple[int, int]]] = {}
        self.compared: list[tuple[int, str]] = []
        self.last: tuple[int, int, str, dict[str, int]] | None = None
        self.closed = self.unbounded = 0

    def take(self, place: str, index: int, leaf: Leaf) -> None:
        if leaf.text("type") == "population.closed":
            self.close(place, index, leaf)
        if leaf.text("type") == "reconciliation.completed":
            self.compared.append((index, leaf.hash))
        pop = leaf.get("pop")
        for name, number in pop.items() if isinstance(pop, dict) else ():
            if self.last and name in self.last[3] and number <= self.last[3][name]:
                closed = f"entry {self.last[0]}, which closed {self.last[2]} at {self.last[3][name]}"
                self.failures.append(f"{place}: `{name}` counts {number} behind {closed}")
            self.counted.setdefault(name, []).append((index, number))
            self.unbounded += self.last is None and self.first > 0

    def close(self, place: str, index: int, leaf: Leaf) -> None:
        day, through, begin = leaf.text("attrs", "day"), leaf.get("attrs", "through"), leaf.get("attrs", "from")
        if not day or type(through) is not int or type(begin) is not int:
            self.failures.append(f"{place}: does not say which day it closes, and between which entries")
            return
        attributes = leaf.get("attrs")
        says = {name[5:]: value for name, value in attributes.items() if name.startswith("last:") and type(value) is int}
        self.chain(place, index, leaf, (day, begin, through))
        for name in sorted(set(self.counted) | set(says)):
            self.compare(place, name, says.get(name, 0), through)
        if begin >= self.first:
            between = [digest for at, digest in self.compared if begin <= at < through]
            joined = hashlib.sha256(b"".join(map(bytes.fromhex, between))).hexdigest()
            if leaf.get("attrs", "reconciliations") != len(between) or leaf.text("attrs", "reconciled") != f"sha256:{joined}":
                self.failures.append(f"{place}: the comparisons with the forges between {begin} and {through} are not those that it says")
        self.last, self.closed = (index, through, day, says), self.closed + 1
        # The last number of each is kept, and what the next close may leave out.
        for name, seen in self.counted.items():
            self.counted[name] = [one for at, one in enumerate(seen) if at == len(seen) - 1 or one[0] >= through]
        self.compared = [one for one in self.compared if one[0] >= through]

    def chain(self, place: str, index: int, leaf: Leaf, said: tuple[str, int, int]) -> None:
        (day, begin, through), previous = said, leaf.get("attrs", "previous")
        if self.last is None:
            if isinstance(previous, int) and previous >= self.first:
                self.failures.append(f"{place}: names entry {previous} as the close before, which closes no day")
            if previous is None and begin != 0:
                self.failures.append(f"{place}: begins at {begin}, though it says that no close came before")
        else:
            if previous != self.last[0]:
                named = "none" if previous is None else f"entry {previous}"
                self.failures.append(f"{place}: names {named} as the close before, and that is entry {self.last[0]}")
            if begin != self.last[1]:
                self.failures.append(f"{place}: begins at {begin}, and the close before ends at {self.last[1]}")
            if day <= self.last[2]:
                self.failures.append(f"{place}: closes {day}, and {self.last[2]} was closed before")
        if not max(begin, self.last[0] + 1 if self.last else 0) <= through <= index:
            self.failures.append(f"{place}: ends at {through}; between the close before and itself would be right")
        if day >= leaf.text("time")[:10]:
            self.failures.append(f"{place}: closes {day}, which was not over on {leaf.text('time')[:10]}")

    def compare(self, place: str, name: str, said: int, through: int) -> None:
        seen = self.counted.get(name, [])
        before = [number for at, number in seen if at < through]
        behind = [number for at, number in seen if at >= through]
        if before and before[-1] != said:
            found = f"the entries count {before[-1]}"
        elif behind and (behind[0] != said + 1 if through >= self.first else behind[0] <= said):
            found = f"the next that is counted is {behind[0]}"
        elif not seen and self.first == 0 and said != 0:
            found = "no entry counts it"
        else:
            return
        self.failures.append(f"{place}: says that `{name}` stood at {said} before entry {through}, and {found}")

    def note(self) -> str:
        if not self.last:
            return "no day is closed among these entries: there is nothing to hold their numbers against"
        behind = sum(at >= self.last[1] for seen in self.counted.values() for at, _ in seen)
        outside = f"{self.unbounded} numbers before the first close and {behind} behind the last one"
        return f"{self.closed} closed; {outside} lie between no two closes"


def leaf_of(data: bytes) -> Leaf | None:
    try:
        says = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return Leaf(data, says) if isinstance(says, dict) else None


def disclosed_sections(bundle: Bundle) -> tuple[dict[str, str], list[str]]:
    """The texts of disclosed sections by their commitments, and the files that are not what their names commit to."""
    texts, failures = {}, []
    for name in sorted(name for name in bundle.names if name.startswith("sealed/") and name != WITHHELD):
        data, named = bundle.section(name), re.fullmatch(r"sealed/([0-9a-f]{64})\.bin", name)
        if named is None or len(data) < 32 or hashlib.sha256(b"gog.commit/v1\n" + data).hexdigest() != named[1]:
            failures.append(f"{name}: is not what its name commits to")
        else:
            texts[named[1]] = data[32:].decode(errors="replace")
    return texts, failures


def section_failures(bundle: Bundle, disclosed: dict[str, str], first: int) -> list[str]:
    """Each section that an entry commits to is disclosed or listed as withheld, and nothing else is."""
    failures, unclaimed, withheld = [], set(disclosed), set()
    if WITHHELD in bundle.names:
        for row in bundle.text(WITHHELD).split("\r\n")[1:]:
            cells = row.split(",")
            if len(cells) == 6:
                withheld.add((cells[0], cells[3]))
    for line, data in enumerate(bundle.leaves(), 1):
        leaf = leaf_of(data) if b'"sealed":[' in data else None
        for name, commitment in leaf.sections() if leaf else ():
            row = (str(first + line - 1), commitment)
            if commitment in unclaimed:
                unclaimed.remove(commitment)
            elif row in withheld:
                withheld.remove(row)
            else:
                failures.append(f"log/entries.jsonl:{line}: the section `{name}` is neither disclosed nor listed as withheld")
    failures.extend(f"sealed/{one}.bin: no entry commits to it" for one in sorted(unclaimed))
    failures.extend(f"{WITHHELD}: entry {seq} has no such section" for seq, _ in sorted(withheld))
    return failures


def walk_entries(bundle: Bundle, first: int, size: int, query: dict[str, Any], facts: Facts) -> Walk:
    found, last, numbers = Walk(facts=facts, closes=Closes(first)), "", {}
    begins, ends = str(query.get("from", "")), str(query.get("to", ""))
    place, at = "log/entries.jsonl", ""
    for line, data in enumerate(bundle.leaves(), 1):
        found.hashes.append(leaf_hash(data))
        leaf = leaf_of(data)
        if leaf is None or leaf.says.get("seq") != first + line - 1 or len(data) > LONGEST_LEAF:
            found.seq.append(f"{place}:{line}: is not entry {first + line - 1}")
        if leaf is None:
            continue
        at = leaf.text("time")
        if at < last:
            found.time.append(f"{place}:{line}: is older than the entry before it")
        last = max(last, at)
        if line == 1 and first > 0 and at >= begins:
            found.time.append(f"{place}:1: should be the last entry before the period, or else the first ones may be missing")
        pop = leaf.get("pop")
        for name, number in pop.items() if isinstance(pop, dict) else ():
            expected = numbers.get(name, 0 if first == 0 else number - 1) + 1
            if number != expected:
                found.counters.append(f"{place}:{line}: `{name}` counts {number}, and should count {expected}")
            numbers[name] = number
        found.closes.take(f"{place}:{line}", first + line - 1, leaf)
        if begins <= at < ends:
            found.facts.take(leaf)
            if leaf.text("type") in REPORTED:
                found.reported.add(line)
            if leaf.issued() and leaf.text("attrs", "predicate") in PREDICATES:
                found.facts.issued.setdefault(leaf.issued(), (line, leaf.text("attrs", "predicate")))
    if first + len(found.hashes) < size and at < ends:
        found.time.append(f"{place}:{len(found.hashes)}: should be the first entry after the period, or else the last ones may be missing")
    return found


def draw(root: bytes, nonce: bytes, size: int, count: int) -> list[int]:
    drawn: set[int] = set()
    counter, limit = 0, (1 << 64) - (1 << 64) % size if size else 0
    while len(drawn) < min(count, size):
        digest = hmac.new(root + nonce, b"gog.sample/v1\n" + counter.to_bytes(8, "big"), hashlib.sha256).digest()
        value = int.from_bytes(digest[:8], "big")
        if value < limit:
            drawn.add(value % size)
        counter += 1
    return sorted(drawn)


def report_failures(bundle: Bundle, query: dict[str, Any], found: Walk, root: bytes) -> dict[str, list[str]]:
    compared = {name: Compared(bundle, name) for name in REPORTS}
    for name, (header, _) in REPORTS.items():
        compared[name].expect((header + "\r\n").encode(), "the published header")
    environment = str(query.get("environment", ""))
    drawn, counts = [], {control: {"pass": 0, "fail": 0, "n.a.": 0} for control in CONTROLS}
    for line, data in enumerate(bundle.leaves(), 1):
        leaf = leaf_of(data) if line in found.reported else None
        if leaf is None:
            continue
        for name, (_, rows) in REPORTS.items():
            for row in rows(leaf, found.facts, environment):
                compared[name].expect(csv_line(row), f"entry {leaf.text('seq')}")
                if name == "reports/population.csv":
                    drawn.append([*leaf.tag(), row[0], row[1], row[2]])
                    for control, result in zip(CONTROLS, row[-4:]):
                        counts[control][result] += 1
    failures = {name: one.end() for name, one in compared.items()}
    if "sample" in query:
        sample = Compared(bundle, "reports/sample.csv")
        sample.expect(b"place,log_seq,leaf_sha256,population,pop_no,change_id\r\n", "the published header")
        for place in draw(root, str(query.get("nonce", "")).encode(), len(drawn), int(query["sample"])):
            sample.expect(csv_line([str(place + 1), *drawn[place]]), f"the draw of place {place + 1}")
        failures[sample.name] = sample.end()
    said = {one.get("column"): one.get("counts") for one in bundle.json("reports/controls.json").get("controls", [])}
    failures["reports/controls.json"] = [
        f"reports/controls.json: `{control}` should count {counts[control]}" for control in CONTROLS if said.get(control) != counts[control]
    ]
    return failures


def manifest_failures(bundle: Bundle, manifest: dict[str, Any]) -> list[str]:
    failures, named = [], {"MANIFEST.json", SIGNED_MANIFEST}
    for line in manifest.get("files", []):
        path, named = line.get("path", ""), named | {line.get("path", "")}
        if path not in bundle.names:
            failures.append(f"MANIFEST.json: `{path}` is missing")
            continue
        digest, size = hashlib.sha256(), 0
        with bundle.zip.open(path) as file:
            while block := file.read(1 << 20):
                digest.update(block)
                size += len(block)
        if digest.hexdigest() != line.get("sha256") or size != line.get("bytes"):
            failures.append(f"{path}: is not the file that MANIFEST.json names")
    failures.extend(f"{name}: is not named in MANIFEST.json" for name in sorted(bundle.names - named))
    return failures


def attestation_failures(bundle: Bundle, facts: Facts) -> tuple[list[str], str]:
    """Each attestation is named by an entry of the period, and each that is named is there or listed as absent."""
    failures, left, found, absent = [], dict(facts.issued), 0, 0
    for name in sorted(name for name in bundle.names if name.startswith("attestations/") and name != ABSENT):
        for line, envelope in enumerate(bundle.lines(name, LONGEST_ENVELOPE), 1):
            entry = left.pop(hashlib.sha256(envelope).hexdigest(), None)
            if entry is None or name != f"attestations/{entry[1]}.intoto.jsonl":
                failures.append(f"{name}:{line}: no entry of the period names it as issued")
            else:
                found += 1
    if ABSENT in bundle.names:
        for line, row in enumerate(bundle.text(ABSENT).split("\r\n")[1:-1], 2):
            if left.pop(row.rpartition(",")[2], None) is None:
                failures.append(f"{ABSENT}:{line}: no entry of the period names it as issued")
            else:
                absent += 1
    failures.extend(f"log/entries.jsonl:{line}: the attestation that it names is not there" for line, _ in sorted(left.values()))
    return failures, f"{found} stand in the log" + (f", {absent} are listed as absent" if absent else "")


def unbase64_any(text: str) -> bytes:
    """Base 64 in either alphabet, with its padding or without (DSSE)."""
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    return unbase64(plain + "=" * (-len(plain) % 4))


def signed_manifest_failures(bundle: Bundle, given: str | None, needed: bool) -> tuple[list[str], str]:
    """The list of all files is signed, and every file is what it says."""
    if SIGNED_MANIFEST not in bundle.names:
        return ([f"{SIGNED_MANIFEST}: missing"], "") if needed or given else ([], "bundles of this version have none")
    if given is None:
        told = f"with the key of the bundle itself, `{ATTESTATION_KEY}`; give yours with --attestation-key"
        key = bundle.text(ATTESTATION_KEY)
    else:
        with open(given, encoding="utf-8") as file:
            key, told = file.read(), ""
    body = re.search(r"-----BEGIN PUBLIC KEY-----(.*?)-----END PUBLIC KEY-----", key, re.DOTALL)
    if body is None:
        return [f"{SIGNED_MANIFEST}: the attestation key is no PEM `PUBLIC KEY` block"], ""
    envelope, der = bundle.json(SIGNED_MANIFEST), unbase64("".join(body[1].split()))
    payload, kind = unbase64_any(envelope["payload"]), envelope["payloadType"]
    message = f"DSSEv1 {len(kind.encode())} {kind} {len(payload)} ".encode() + payload
    held = [ecdsa_holds(der, message, unbase64_any(one["sig"])) for one in envelope["signatures"][:8]]
    if None in held:
        told = "its signature was not checked, there is no openssl here" + (f"; {told}" if told else "")
    elif True not in held:
        return [f"{SIGNED_MANIFEST}: no signature of this key fits the payload"], ""
    if [one.get("keyid") for one in envelope["signatures"]] != [hashlib.sha256(der).hexdigest()]:
        return [f"{SIGNED_MANIFEST}: names another key, or more than one"], ""
    statement = json.loads(payload)
    if kind != STATEMENT or statement["_type"] != "https://in-toto.io/Statement/v1" or statement["predicateType"] != BUNDLE_PREDICATE:
        return [f"{SIGNED_MANIFEST}: what is signed is no list of a bundle's files"], ""
    failures, named = [], {SIGNED_MANIFEST}
    for subject in statement["subject"]:
        name = subject["name"]
        if name in named:
            failures.append(f"{SIGNED_MANIFEST}: names `{name}` twice")
        elif name not in bundle.names:
            failures.append(f"{SIGNED_MANIFEST}: `{name}` is missing")
        elif bundle.digest(name) != subject["digest"].get("sha256"):
            failures.append(f"{name}: is not the file that {SIGNED_MANIFEST} names")
        named.add(name)
    failures.extend(f"{name}: is not named in {SIGNED_MANIFEST}" for name in sorted(bundle.names - named))
    return failures, told


def previous_failures(bundle: Bundle, checkpoint: Checkpoint, kept: str | None) -> list[str]:
    if "log/checkpoint.prev" not in bundle.names:
        return ["log/checkpoint.prev: missing, though an earlier checkpoint was given"] if kept else []
    old = checkpoint_of(note_of(bundle.text("log/checkpoint.prev"))[0])
    failures = []
    if old.origin != checkpoint.origin or not continues(old, checkpoint, bundle.hashes("log/consistency.txt")):
        failures.append(f"log/consistency.txt: does not show that {checkpoint.size} entries continue the earlier {old.size}")
    if kept is not None:
        with open(kept, encoding="utf-8") as file:
            if checkpoint_of(note_of(file.read())[0]) != old:
                failures.append(f"log/checkpoint.prev: is not the checkpoint that you kept in `{kept}`")
    return failures


def stamp_failures(bundle: Bundle, checkpoint: Checkpoint, keys: list[Key], authorities: str | None) -> tuple[list[str], str]:
    """What is wrong with the time stamp (RFC 3161); and what it shows, in words."""
    note = bundle.text(STAMPED)
    failures, _ = signature_failures(note, keys)
    failures = [f"{STAMPED}: {failure.partition(': ')[2]}" for failure in failures]
    stamped = checkpoint_of(note_of(note)[0])
    if stamped.origin != checkpoint.origin or not continues(stamped, checkpoint, bundle.hashes(STAMPED_PROOF)):
        failures.append(f"{STAMPED_PROOF}: does not show that {checkpoint.size} entries continue the stamped {stamped.size}")
    if authorities is None and AUTHORITIES not in bundle.names:
        return [*failures, f"{STAMP}: no certificate of its authority is here; `--tsa` would name it"], ""
    if authorities is None:
        roots = bundle.small(AUTHORITIES, LONGEST_FILE)
    else:
        with open(authorities, "rb") as file:
            roots = file.read()
    told, at = stamp_holds(note.encode(), bundle.small(STAMP, LONGEST_STAMP), roots)
    if told is None:
        return failures, f"{stamped.size} entries; not checked, there is no openssl here"
    if not told:
        failures.append(f"{STAMP}: openssl does not verify it: {at}")
    whose = "" if authorities else ", by the authority that the bundle itself names"
    return failures, f"{stamped.size} entries were there at {at}{whose}"


def stamp_holds(stamped: bytes, response: bytes, roots: bytes) -> tuple[bool | None, str]:
    """Whether a time stamp is of these bytes and leads to these roots, and its time or why not; None where there is no openssl."""
    program = shutil.which("openssl")
    if program is None:
        return None, ""
    with tempfile.TemporaryDirectory() as folder:
        data, stamp, trusted = (os.path.join(folder, name) for name in ("stamped", "tsr", "roots.pem"))
        for path, content in ((data, stamped), (stamp, response), (trusted, roots)):
            with open(path, "wb") as file:
                file.write(content)
        # A stamp outlives the certificate that signed it: what counts is that it was valid then.
        shown = openssl_ts(program, "-reply", "-in", stamp, "-text")
        found = re.search(r"^Time stamp: (.+)$", shown.stdout, re.MULTILINE)
        at = found[1] if found else "an unknown time"
        attime = epoch_of(at)
        then = [] if attime is None else ["-attime", str(attime)]
        checked = openssl_ts(program, "-verify", "-data", data, "-in", stamp, "-CAfile", trusted, *then)
        if checked.returncode == 0:
            return True, at
        return False, (checked.stderr.strip().splitlines() or ["it did not say why"])[-1]


def openssl_ts(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, "ts", *arguments], capture_output=True, text=True, errors="replace", check=False)


def epoch_of(text: str) -> int | None:
    """Seconds of a time as openssl prints it, for instance `Jun  5 12:00:00 2026 GMT`."""
    try:
        parsed = datetime.datetime.strptime(re.sub(r"\.\d+", "", text).removesuffix(" GMT"), "%b %d %H:%M:%S %Y")
    except ValueError:
        return None
    return int(parsed.replace(tzinfo=datetime.timezone.utc).timestamp())


def given_policy(path: str | None) -> Policy | None:
    if path is None:
        return None
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        return Policy(file.read(LONGEST_FILE))


class Trust(NamedTuple):
    """What the auditor knows from elsewhere, beside the keys: the last checkpoint, whose cosignatures to ask for, roots of time stamps,
    the key that signs the list of files."""

    kept: str | None
    policy: Policy | None
    authorities: str | None
    attestation_key: str | None


def verify(path: str, given: str | None, trust: Trust) -> int:
    kept, policy, authorities, attestation_key = trust
    findings, bundle = Findings(), Bundle(path)
    manifest = bundle.json("MANIFEST.json")
    query, log = manifest.get("query", {}), manifest.get("log", {})
    print(f"period {query.get('from')} to {query.get('to')}, environment {query.get('environment', 'all')}")
    if given is None and not (policy and policy.logs):
        warning = "WARNING: no --key was given. The key in the bundle is whatever its maker put there: this shows only that the\n"
        warning += "WARNING: bundle agrees with itself. Take the key from elsewhere, and check again."
        print(warning, file=sys.stderr)
    note = bundle.text("log/checkpoint")
    keys: list[Key] = []
    try:
        trusted = policy.logs if policy and policy.logs else None
        keys = given_keys(given) if given is not None else trusted or keys_of(bundle.json("trust/keys.json"))
        failures, told = signature_failures(note, keys)
    except Problem as trouble:
        failures, told = [str(trouble)], ""
    findings.check("signature", failures, told)
    if policy is not None:
        findings.check("quorum", *quorum_failures(note, policy))
    checkpoint, first = checkpoint_of(note_of(note)[0]), int(log.get("first", 0))
    disclosed, failures = disclosed_sections(bundle)
    failures += section_failures(bundle, disclosed, first)
    findings.check("sealed sections", failures, f"{len(disclosed)} disclosed")
    found = walk_entries(bundle, first, checkpoint.size, query, Facts(disclosed=disclosed))
    try:
        end = first + len(found.hashes)
        root = range_root(iter(found.hashes), first, end, checkpoint.size, bundle.hashes("log/range.proof"))
        failures = [] if root == checkpoint.root else ["log/entries.jsonl: these entries do not give the signed root"]
    except Problem as trouble:
        failures = [f"log/range.proof: {trouble}"]
    findings.check("root from leaves", failures, f"{len(found.hashes)} entries of {checkpoint.size}")
    findings.check("sequence", found.seq)
    findings.check("time order", found.time)
    findings.check("gapless counters", found.counters)
    findings.check("closed days", found.closes.failures, found.closes.note())
    try:
        failures = previous_failures(bundle, checkpoint, kept)
    except Problem as trouble:
        failures = [f"log/checkpoint.prev: {trouble}"]
    findings.check("previous period", failures, "" if "log/checkpoint.prev" in bundle.names else "none was asked for")
    if STAMP in bundle.names:
        try:
            failures, told = stamp_failures(bundle, checkpoint, keys, authorities)
        except Problem as trouble:
            failures, told = [str(trouble)], ""
        findings.check("time stamp", failures, told)
    for name, failures in report_failures(bundle, query, found, checkpoint.root).items():
        findings.check(f"report {name.partition('/')[2]}", failures)
    findings.check("attestations", *attestation_failures(bundle, found.facts))
    findings.check("manifest", manifest_failures(bundle, manifest))
    try:
        failures, told = signed_manifest_failures(bundle, attestation_key, int(manifest.get("version", 0)) >= 2)
    except (Problem, KeyError, TypeError, ValueError, AttributeError) as trouble:
        failures, told = [f"{SIGNED_MANIFEST}: cannot be read: {trouble}"], ""
    findings.check("signed manifest", failures, told)
    print("everything holds" if not findings.failed else f"{findings.failed} failures")
    return 1 if findings.failed else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks an evidence bundle of GitOps Gate offline.")
    parser.add_argument("bundle")
    parser.add_argument("--key", help="the log's key (name+hash+base64), or its keys.json, known from elsewhere than the bundle")
    parser.add_argument("--policy", help="whose cosignatures you ask for (C2SP tlog-policy), known from elsewhere than the bundle")
    parser.add_argument("--previous", help="the file log/checkpoint of the bundle that you checked last")
    parser.add_argument("--tsa", help="root certificates of the time-stamp authority in PEM, known from elsewhere than the bundle")
    parser.add_argument("--attestation-key", help="a file with the gate's attestation key (PEM), known from elsewhere than the bundle")
    given = parser.parse_args()
    try:
        trust = Trust(given.previous, given_policy(given.policy), given.tsa, given.attestation_key)
        return verify(given.bundle, given.key, trust)
    except (Problem, OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError, AttributeError) as trouble:
        print(f"FAIL {given.bundle}: {trouble}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
