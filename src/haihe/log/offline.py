"""The offline verifier: checks a proof bundle with nothing but this file and ``cryptography``.

    python offline.py BUNDLE.json [--key VKEY]

Exit code 0: proven. 1: not proven; it says which step failed and what that means. 2: wrong usage,
or the file is no bundle as described here: missing, too large, cut off. Without ``--key`` the
bundle's own key is used, and the verdict holds only if that is the log's.

A bundle is one JSON object in UTF-8, at most ``BUNDLE_BYTES_MAX`` long, no name twice in an object
and no names but these; "base64" is RFC 4648 section 4, padded; numbers are whole::

    format       "haihe-proof-1"
    origin       the log's name, such as "haihe.example/zone-1"
    vkey         the log's key: name "+" id in hex "+" base64 of 0x01 and the Ed25519 key
    checkpoint   a signed checkpoint: C2SP tlog-checkpoint in a signed-note, by that key
    entries      list; may be empty only where "consistency" is there. Each an object:
      index        the entry's number in the log, from 0
      header       base64 of the header's bytes, exactly as logged
      body         base64 of the body, uncompressed; or null where it is not handed over
      proof        list of base64: RFC 9162 inclusion proof from the leaf up to the root
      says         optional, any JSON: what is claimed of the entry. Shown as a claim, never proven
      lines        optional, kind "lines" with a body only: rows to show, from 0
    consistency  optional: an object
      old_checkpoint  an older signed checkpoint of the same log and key, of size 1 or more
      proof           list of base64: RFC 9162 consistency proof from its root to the newer one
    chain        optional: list of links of the hash chain, each index one more than the last:
      index, leaf, chain   the entry's number, and base64 of its leaf and of the chain after it

A leaf is SHA-256(0x00, header bytes). A header is a JSON object with at least seq (its index),
first_offset, rows, kind, stream, and body_sha256 (hex). A body of kind "lines" is NDJSON: ``rows``
lines, each ended by a line feed. A chain value is SHA-256(the one before, leaf); before entry 0
stand 32 zero bytes. The chain is not signed: it binds leaves to a value you noted elsewhere.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT: Final = "haihe-proof-1"
BUNDLE_BYTES_MAX: Final = 64 << 20  # Ours: some hundred batches; the memory needed is bounded.
CLAIM_LENGTH_MAX: Final = 2_000  # Ours: a claim is read by a person.
HASH_BYTES: Final = 32  # SHA-256.
ED25519: Final = b"\x01"  # signed-note: the type of an Ed25519 signature.
PROVEN, NOT_PROVEN, UNREADABLE = 0, 1, 2
TRUSTED: Final = "PROVEN under the key you gave."
UNTRUSTED: Final = (
    "PROVEN only if the key below is the log's: it came with the bundle. Compare it with the one "
    "the log publishes, or give that with --key."
)

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,17}")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")
_SIGNATURE: Final = re.compile(r"— (\S+) (\S+)")
MEANING: Final = {
    "key": "The key is damaged, or is not the one you trust: someone else may have signed this.",
    "checkpoint": "What the log is said to have signed was cut or changed, or is another log's.",
    "signature": "The checkpoint was changed after signing, or this log never signed it.",
    "inclusion": "The entry, its index or its proof was changed, or it never was in this log.",
    "header": "The entry is in the log, but it is not the one the bundle says it is.",
    "body": "The records were changed: they are not those the log took in.",
    "lines": "The lines the bundle wants to show are not lines of the proven entry.",
    "consistency": "The log's past was rewritten since the older checkpoint, or the proof is bad.",
    "chain": "Entries were changed, left out or reordered, or the chain is another log's.",
}


class BundleError(Exception):
    """The file is no bundle that can be read; nothing was checked."""


class NotProvenError(Exception):
    """A step failed: ``step`` is a key of ``MEANING``."""

    def __init__(self, step: str, found: str) -> None:
        """Say which and what was found."""
        super().__init__(found)
        self.step = step


class _Key(NamedTuple):
    name: str
    id: bytes
    public: bytes


class Head(NamedTuple):
    """What a checkpoint says of its log."""

    size: int
    root: bytes


class _Fields(NamedTuple):
    """A JSON object whose values are taken by name and kind, or refused."""

    where: str
    values: dict[str, object]

    def refuse(self, name: str, wanted: str) -> NoReturn:
        found = "missing" if name not in self.values else f"{self.values[name]!r:.60}"
        raise BundleError(f"'{name}' of {self.where} is {found}; it must be {wanted}.")

    def only(self, *names: str) -> None:
        if unknown := sorted(set(self.values) - set(names)):
            raise BundleError(f"{self.where} has the unknown name '{unknown[0]:.60}'.")

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return value if isinstance(value, str) else self.refuse(name, "text")

    def whole(self, name: str) -> int:
        value = self.values.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        return self.refuse(name, "a whole number, 0 or more")

    def data(self, name: str) -> bytes:
        found = from_base64(self.text(name))
        return found if found is not None else self.refuse(name, "base64")

    def items(self, name: str) -> list[object]:
        value = self.values.get(name)
        return value if isinstance(value, list) else self.refuse(name, "a list")

    def hashes(self, name: str) -> list[bytes]:
        found = [from_base64(item) if isinstance(item, str) else None for item in self.items(name)]
        known = [item for item in found if item is not None]
        return known if len(known) == len(found) else self.refuse(name, "a list of base64")

    def inner(self, name: str) -> "_Fields":
        value = self.values.get(name)
        return _Fields(name, value) if isinstance(value, dict) else self.refuse(name, "an object")

    def objects(self, name: str) -> list["_Fields"]:
        holders = [_Fields(self.where, {name: item}) for item in self.items(name)]
        return [holder.inner(name) for holder in holders]


def from_base64(text: str) -> bytes | None:
    """The bytes of canonical base64; None if it is not that.

    >>> from_base64("AQ=="), from_base64("AR=="), from_base64("A")
    (b'\\x01', None, None)
    """
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data).decode() == text else None


def load_json(data: bytes, where: str) -> _Fields:
    """A JSON object in UTF-8, no name twice in it."""

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        names = Counter(name for name, _ in pairs)
        if twice := [name for name, times in names.items() if times > 1]:
            raise ValueError(f"the name '{twice[0]:.60}' stands twice in one object")
        return dict(pairs)

    try:
        loaded = json.loads(data.decode(), object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{where} is not whole JSON, perhaps cut off: {error}.") from error
    return _Fields("the file", {where: loaded}).inner(where)


def leaf_hash(header: bytes) -> bytes:
    """The entry's leaf in the tree."""
    return hashlib.sha256(b"\x00" + header).digest()


def verify_inclusion(leaf: bytes, proof: Sequence[bytes], *, index: int, head: Head) -> bool:
    """Whether the proof leads from the leaf to the head's root; RFC 9162, section 2.1.3.2."""
    if not 0 <= index < head.size or len(leaf) != HASH_BYTES:
        return False
    return _climb(leaf, proof, first=index, last=index, edge=head.size - 1) == [leaf, head.root]


def verify_consistency(old: Head, new: Head, *, proof: Sequence[bytes]) -> bool:
    """Whether the older log is the newer one's beginning; RFC 9162, section 2.1.4.2."""
    if not 1 <= old.size <= new.size:
        return False
    climbed = _climb(old.root, proof, first=0, last=old.size - 1, edge=new.size - 1)
    return climbed == [old.root, new.root]


def _climb(
    inner: bytes, proof: Sequence[bytes], *, first: int, last: int, edge: int
) -> list[bytes]:
    """The roots over leaves ``first`` to ``last`` and 0 to ``edge``; empty if the proof misfits."""
    hashes = [*proof]
    if proof and any(len(found) != HASH_BYTES for found in (inner, *hashes)):
        return []
    while first != last and (last == edge or last & 1):
        first, last, edge = first >> 1, last >> 1, edge >> 1
    if first != last and not hashes:
        return []
    below = above = inner if first == last else hashes.pop(0)
    for sibling in hashes:
        if edge == 0:
            return []
        if last & 1 or last == edge:
            below = _node(sibling, below) if first < last else below
            above = _node(sibling, above)
            while not last & 1:
                first, last, edge = first >> 1, last >> 1, edge >> 1
        else:
            above = _node(above, sibling)
        first, last, edge = first >> 1, last >> 1, edge >> 1
    return [below, above] if edge == 0 else []


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def read_key(text: str) -> _Key:
    """The key of a vkey."""
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    data = from_base64(encoded) or b""
    made = hashlib.sha256(name.encode(errors="replace") + b"\n" + data).digest()[:4]
    if not name or data[:1] != ED25519 or len(data) != 1 + HASH_BYTES or made.hex() != key_id:
        raise NotProvenError("key", f"'{text:.200}' is no whole key.")
    return _Key(name, made, data[1:])


def open_checkpoint(note: str, key: _Key) -> Head:
    """What the key has signed."""
    text, gap, tail = note.rpartition("\n\n")
    lines = text.split("\n")
    if _CONTROL.search(note) or not gap or not tail.endswith("\n") or len(lines) < 3:
        raise NotProvenError("checkpoint", f"'{note:.200}' is no whole checkpoint.")
    root = from_base64(lines[2]) or b""
    if "" in lines or not _SIZE.fullmatch(lines[1]) or len(root) != HASH_BYTES:
        raise NotProvenError("checkpoint", f"size or root is no such thing in {lines[:3]}.")
    if lines[0] != key.name:
        raise NotProvenError("checkpoint", f"it is of '{lines[0]}', the key of '{key.name}'.")
    found = [_SIGNATURE.fullmatch(line) for line in tail[:-1].split("\n")]
    signed = [(line[1], from_base64(line[2]) or b"") for line in found if line is not None]
    if len(signed) != len(found):
        raise NotProvenError("checkpoint", f"a signature line of size {lines[1]} is damaged.")
    ours = [data[4:] for name, data in signed if (name, data[:4]) == (key.name, key.id)]
    if not ours:
        raise NotProvenError("signature", f"none of {len(signed)} is by the key {key.id.hex()}.")
    for signature in ours:
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, f"{text}\n".encode())
        except InvalidSignature as error:
            raise NotProvenError("signature", f"it does not fit size {lines[1]}.") from error
    return Head(int(lines[1]), root)


def check_entry(entry: _Fields, head: Head) -> list[str]:
    """What is proven of one entry, in words."""
    entry.only("index", "header", "body", "proof", "says", "lines")
    index, raw, proof = entry.whole("index"), entry.data("header"), entry.hashes("proof")
    body = None if entry.values.get("body", 0) is None else entry.data("body")
    if not verify_inclusion(leaf_hash(raw), proof, index=index, head=head):
        raise NotProvenError("inclusion", f"entry {index} does not lead to the signed root.")
    header = load_json(raw, f"the header of entry {index}")
    first, rows, kind = header.whole("first_offset"), header.whole("rows"), header.text("kind")
    if header.whole("seq") != index:
        raise NotProvenError("header", f"entry {index} calls itself {header.whole('seq')}.")
    sealed = header.text("body_sha256")
    if body is not None and hashlib.sha256(body).hexdigest() != sealed:
        raise NotProvenError("body", f"the body of entry {index} does not match its SHA-256.")
    told = f"{kind:.40} of {header.text('stream'):.200}, in the log and unchanged"
    report = [f"entry {index}: records {first} to {first + rows - 1}, {told}"]
    if body is None:
        report.append(f"  its body is not in the bundle; it has the SHA-256 {sealed:.64}")
    if "lines" in entry.values and entry.items("lines"):
        report += proven_lines(entry, header, body=body)
    if "says" in entry.values:
        claim = json.dumps(entry.values["says"], ensure_ascii=False)
        report.append(f"  claimed, not proven: {claim[:CLAIM_LENGTH_MAX]}")
    return report


def proven_lines(entry: _Fields, header: _Fields, *, body: bytes | None) -> list[str]:
    """The lines asked for, from the proven body."""
    index, rows = entry.whole("index"), header.whole("rows")
    if body is None or header.text("kind") != "lines":
        raise NotProvenError("lines", f"entry {index} has no body of lines here to show.")
    found = body.split(b"\n")
    if found.pop() or len(found) != rows:
        raise NotProvenError("lines", f"entry {index} has {len(found)} lines, its header {rows}.")
    report = []
    for row in entry.items("lines"):
        if not isinstance(row, int) or isinstance(row, bool):
            entry.refuse("lines", "a list of whole numbers")
        if not 0 <= row < rows:
            raise NotProvenError("lines", f"entry {index} has no line {row}; it has {rows}.")
        text = found[row].decode(errors="backslashreplace")
        report.append(f"  record {header.whole('first_offset') + row}: {text}")
    return report


def check_consistency(claim: _Fields, head: Head, *, key: _Key) -> str:
    """That an older checkpoint's log is the newer one's beginning, in words."""
    claim.only("old_checkpoint", "proof")
    old, proof = open_checkpoint(claim.text("old_checkpoint"), key), claim.hashes("proof")
    if not verify_consistency(old, head, proof=proof):
        raise NotProvenError("consistency", f"size {old.size} is not shown to begin {head.size}.")
    return f"consistency: the first {old.size} entries are those of the older checkpoint"


def check_chain(links: list[_Fields], head: Head, *, leaves: dict[int, bytes]) -> list[str]:
    """That the links follow from each other and carry the leaves proven by index, in words."""
    before = bytes(HASH_BYTES)
    for place, link in enumerate(links):
        link.only("index", "leaf", "chain")
        index, leaf, after = link.whole("index"), link.data("leaf"), link.data("chain")
        if index != links[0].whole("index") + place or index >= head.size:
            raise NotProvenError("chain", f"link {index} is out of place or past {head.size}.")
        if leaves.get(index, leaf) != leaf:
            raise NotProvenError("chain", f"link {index} has another leaf than the proven entry.")
        known = place > 0 or index == 0
        if known and hashlib.sha256(before + leaf).digest() != after:
            raise NotProvenError("chain", f"link {index} does not follow from the one before it.")
        before = after
    return [f"chain: {len(links)} links follow from each other, up to {before.hex()} (not signed)"]


def check_bundle(bundle: _Fields, *, trusted: str | None) -> list[str]:
    """All that the bundle proves, in words; ``trusted`` None takes the bundle's own key."""
    bundle.only("format", "origin", "vkey", "checkpoint", "entries", "consistency", "chain")
    if bundle.text("format") != FORMAT:
        bundle.refuse("format", f"'{FORMAT}'; for another one get its own verifier")
    vkey, origin, entries = bundle.text("vkey"), bundle.text("origin"), bundle.objects("entries")
    if trusted not in (None, vkey):
        raise NotProvenError("key", f"the bundle has '{vkey:.200}', not the key you gave.")
    key = read_key(vkey)
    if origin != key.name:
        raise NotProvenError("key", f"the key is of '{key.name}', the bundle of '{origin}'.")
    head = open_checkpoint(bundle.text("checkpoint"), key)
    if not entries and "consistency" not in bundle.values:
        bundle.refuse("entries", "a list of at least one entry: else nothing is proven")
    report = [f"log {origin:.200}, {head.size} entries, root {head.root.hex()}"]
    for entry in entries:
        report += check_entry(entry, head)
    if "consistency" in bundle.values:
        report.append(check_consistency(bundle.inner("consistency"), head, key=key))
    if "chain" in bundle.values:
        leaves = {entry.whole("index"): leaf_hash(entry.data("header")) for entry in entries}
        report += check_chain(bundle.objects("chain"), head, leaves=leaves)
    return [*report, f"key {vkey:.400}"]


def read_bundle(path: Path) -> _Fields:
    """The file as JSON."""
    try:
        with path.open("rb") as file:
            data = file.read(BUNDLE_BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        raise BundleError(f"{path} cannot be read: {error}.") from error
    if len(data) > BUNDLE_BYTES_MAX:
        raise BundleError(f"{path} is larger than {BUNDLE_BYTES_MAX} bytes; ask for fewer entries.")
    return load_json(data, "the bundle")


def main(arguments: Sequence[str] | None = None) -> int:
    """Check one bundle and say what it proves; returns the exit code."""
    parser = argparse.ArgumentParser(description="Check a proof bundle of a Haihe log, offline.")
    parser.add_argument("bundle", type=Path, metavar="BUNDLE.json")
    parser.add_argument("--key", metavar="VKEY", help="the log's key, got from elsewhere")
    options = parser.parse_args(arguments)
    try:
        report = check_bundle(read_bundle(options.bundle), trusted=options.key)
    except (BundleError, RecursionError) as error:
        return _say(UNREADABLE, ["NOT PROVEN: the bundle cannot be read.", str(error)])
    except NotProvenError as error:
        means = f"It means: {MEANING[error.step]}"
        return _say(NOT_PROVEN, [f"NOT PROVEN: the step '{error.step}' failed.", str(error), means])
    return _say(PROVEN, [UNTRUSTED if options.key is None else TRUSTED, *report])


def _say(code: int, lines: list[str]) -> int:
    """Write the lines with nothing in them that could steer a terminal."""
    encoding = sys.stdout.encoding or "utf-8"
    for line in lines:
        safe = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in line)
        sys.stdout.write(safe.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
