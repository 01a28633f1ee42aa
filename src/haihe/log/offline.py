"""The offline verifier: checks a proof bundle with nothing but this file and ``cryptography``.

    python offline.py BUNDLE.json [--key VKEY]

Exit code 0: proven. 1: not proven; it says which step failed and what that means. 2: wrong usage,
or the file cannot be read as a bundle (missing, too large, cut off, not as described below).
Without ``--key`` the bundle's own key is used, and the verdict holds only if that is the log's.

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
      says         any JSON: what is claimed of the entry. Shown as a claim, never proven
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
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT: Final = "haihe-proof-1"
BUNDLE_BYTES_MAX: Final = 64 << 20  # Ours: some hundred batches; the memory needed is bounded.
CLAIM_LENGTH_MAX: Final = 2_000  # Ours: a claim is read by a person.
HASH_BYTES: Final = 32  # SHA-256.
ED25519: Final = b"\x01"  # signed-note: the type of an Ed25519 signature.
PROVEN, NOT_PROVEN, UNREADABLE = 0, 1, 2

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
    "consistency": "The log's past was rewritten between the two checkpoints, or the proof is wrong.",
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


@dataclass(frozen=True, slots=True)
class Key:
    """The log's public key."""

    name: str
    id: bytes
    public: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """What a checkpoint says: the log's size and root."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object whose values are taken by name and kind, or refused."""

    where: str
    values: dict[str, object]

    def refuse(self, name: str, wanted: str) -> NoReturn:
        """Stop: the value is missing or not of the kind."""
        found = "missing" if name not in self.values else shown(repr(self.values[name]), 60)
        raise BundleError(f"'{name}' of {self.where} is {found}; it must be {wanted}.")

    def only(self, *names: str) -> None:
        """Refuse other names: what is not checked is not carried."""
        if unknown := sorted(set(self.values) - set(names)):
            raise BundleError(f"{self.where} has the unknown name {shown(unknown[0], 60)!r}.")

    def text(self, name: str) -> str:
        """A string."""
        value = self.values.get(name)
        return value if isinstance(value, str) else self.refuse(name, "text")

    def whole(self, name: str) -> int:
        """A whole number, 0 or more."""
        value = self.values.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        return self.refuse(name, "a whole number, 0 or more")

    def data(self, name: str) -> bytes:
        """The bytes of base64."""
        found = from_base64(self.text(name))
        return found if found is not None else self.refuse(name, "base64")

    def items(self, name: str) -> list[object]:
        """A list."""
        value = self.values.get(name)
        return value if isinstance(value, list) else self.refuse(name, "a list")

    def hashes(self, name: str) -> list[bytes]:
        """A list of base64."""
        found = [from_base64(item) if isinstance(item, str) else None for item in self.items(name)]
        known = [item for item in found if item is not None]
        return known if len(known) == len(found) else self.refuse(name, "a list of base64")

    def objects(self, name: str) -> list["Fields"]:
        """A list of objects."""
        found = self.items(name)
        return [as_fields(item, f"{name}[{place}]") for place, item in enumerate(found)]


def as_fields(value: object, where: str) -> Fields:
    """The value as named fields.

    Raises BundleError if it is no object.
    """
    if not isinstance(value, dict):
        raise BundleError(f"{where} is {type(value).__name__}; it must be an object.")
    return Fields(where, value)


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


def shown(text: str, most: int) -> str:
    r"""The text with nothing in it that could steer a terminal, cut to ``most`` characters.

    >>> shown("\x1b[2Jok", 20)
    '\\x1b[2Jok'
    """
    cut = text if len(text) <= most else text[:most] + " …"
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in cut
    )


def load_json(data: bytes, where: str) -> Fields:
    """A JSON object in UTF-8, no name twice in it.

    Raises BundleError if it is none.
    """

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        names = [name for name, _ in pairs]
        if len(set(names)) != len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"the name {shown(twice, 60)!r} stands twice in one object")
        return dict(pairs)

    def refuse(name: str) -> NoReturn:
        raise ValueError(f"{name} is not JSON")

    try:
        loaded = json.loads(data.decode(), object_pairs_hook=once, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{where} is not whole JSON, perhaps cut off: {error}.") from error
    return as_fields(loaded, where)


def leaf_hash(header: bytes) -> bytes:
    """The entry's leaf in the tree."""
    return hashlib.sha256(b"\x00" + header).digest()


def verify_inclusion(
    leaf: bytes, proof: Sequence[bytes], *, index: int, size: int, root: bytes
) -> bool:
    """Whether the proof leads from the leaf to the root; RFC 9162, section 2.1.3.2."""
    if not 0 <= index < size or len(leaf) != HASH_BYTES:
        return False
    return _rebuild(index, index, edge=size - 1, inner=leaf, proof=proof) == [leaf, root]


def verify_consistency(
    proof: Sequence[bytes], *, old_size: int, old_root: bytes, size: int, root: bytes
) -> bool:
    """Whether the older tree is the newer one's beginning; RFC 9162, section 2.1.4.2."""
    if not 1 <= old_size <= size:
        return False
    rebuilt = _rebuild(0, old_size - 1, edge=size - 1, inner=old_root, proof=proof)
    return rebuilt == [old_root, root]


def _rebuild(
    first: int, last: int, *, edge: int, inner: bytes, proof: Sequence[bytes]
) -> list[bytes]:
    """The roots of leaves ``first`` to ``last`` and 0 to ``edge``; empty if the proof misfits."""
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


def read_key(text: str) -> Key:
    """The key of a vkey.

    Raises NotProvenError if it is damaged.
    """
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    data = from_base64(encoded) or b""
    made = hashlib.sha256(name.encode(errors="replace") + b"\n" + data).digest()[:4]
    if not name or data[:1] != ED25519 or len(data) != 1 + HASH_BYTES or made.hex() != key_id:
        raise NotProvenError("key", f"'{shown(text, 200)}' is no whole key.")
    return Key(name, made, data[1:])


def open_checkpoint(note: str, key: Key) -> Head:
    """What the key has signed.

    Raises NotProvenError if the note is damaged, another log's, or not signed by the key.
    """
    text, gap, tail = note.rpartition("\n\n")
    lines = text.split("\n")
    if _CONTROL.search(note) or not gap or not tail.endswith("\n") or len(lines) < 3:
        raise NotProvenError("checkpoint", f"'{shown(note, 200)}' is no whole checkpoint.")
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


def check_entry(entry: Fields, head: Head) -> list[str]:
    """What is proven of one entry, in words.

    Raises NotProvenError at the first step that fails.
    """
    entry.only("index", "header", "body", "proof", "says", "lines")
    index, raw = entry.whole("index"), entry.data("header")
    proof = entry.hashes("proof")
    body = None if entry.values.get("body", 0) is None else entry.data("body")
    if "says" not in entry.values:
        entry.refuse("says", "there; null where nothing is claimed")
    if not verify_inclusion(leaf_hash(raw), proof, index=index, size=head.size, root=head.root):
        raise NotProvenError("inclusion", f"entry {index} does not lead to the signed root.")
    header = load_json(raw, f"the header of entry {index}")
    first, rows, kind = header.whole("first_offset"), header.whole("rows"), header.text("kind")
    if header.whole("seq") != index:
        raise NotProvenError("header", f"entry {index} calls itself {header.whole('seq')}.")
    sealed = header.text("body_sha256")
    if body is not None and hashlib.sha256(body).hexdigest() != sealed:
        raise NotProvenError("body", f"the body of entry {index} does not match its SHA-256.")
    told = f"{shown(kind, 40)} of {shown(header.text('stream'), 200)}"
    report = [
        f"entry {index}: records {first} to {first + rows - 1}, {told}: in the log, unchanged"
    ]
    if body is None:
        report.append(f"  its body is not in the bundle; it has the SHA-256 {shown(sealed, 64)}")
    if "lines" in entry.values:
        report += proven_lines(entry, header, body=body)
    claim = json.dumps(entry.values["says"], ensure_ascii=False)
    return [*report, f"  claimed, not proven: {shown(claim, CLAIM_LENGTH_MAX)}"]


def proven_lines(entry: Fields, header: Fields, *, body: bytes | None) -> list[str]:
    """The lines asked for, from the proven body.

    Raises NotProvenError if there is no such body or line.
    """
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
        text = shown(found[row].decode(errors="backslashreplace"), len(body))
        report.append(f"  record {header.whole('first_offset') + row}: {text}")
    return report


def check_consistency(claim: Fields, head: Head, *, key: Key) -> str:
    """That an older checkpoint's log is the newer one's beginning, in words.

    Raises NotProvenError if that is not shown.
    """
    claim.only("old_checkpoint", "proof")
    old, proof = open_checkpoint(claim.text("old_checkpoint"), key), claim.hashes("proof")
    if not verify_consistency(
        proof, old_size=old.size, old_root=old.root, size=head.size, root=head.root
    ):
        raise NotProvenError("consistency", f"size {old.size} is not shown to begin {head.size}.")
    return f"consistency: the first {old.size} entries are those of the older checkpoint"


def check_chain(links: list[Fields], head: Head, *, leaves: dict[int, bytes]) -> list[str]:
    """That the links follow from each other and carry the proven leaves, in words.

    leaves: those of the proven entries, by index.
    Raises NotProvenError if they do not.
    """
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
    if not links:
        return []
    ends = f"{links[0].whole('index')} to {links[-1].whole('index')}"
    return [f"chain: links {ends} follow from each other, up to {before.hex()} (not signed)"]


def check_bundle(bundle: Fields, *, trusted: str | None) -> list[str]:
    """All that the bundle proves, in words.

    trusted: the vkey the reader holds; None takes the bundle's own.
    Raises BundleError if it cannot be read, NotProvenError at the first step that fails.
    """
    bundle.only("format", "origin", "vkey", "checkpoint", "entries", "consistency", "chain")
    if bundle.text("format") != FORMAT:
        bundle.refuse("format", f"'{FORMAT}'; for another one get its own verifier")
    vkey, origin, entries = bundle.text("vkey"), bundle.text("origin"), bundle.objects("entries")
    if trusted not in (None, vkey):
        raise NotProvenError("key", f"the bundle has '{shown(vkey, 200)}', not the key you gave.")
    key = read_key(vkey)
    if origin != key.name:
        raise NotProvenError("key", f"the key is of '{key.name}', the bundle of '{origin}'.")
    head = open_checkpoint(bundle.text("checkpoint"), key)
    if not entries and "consistency" not in bundle.values:
        bundle.refuse("entries", "a list of at least one entry: else nothing is proven")
    report = [f"log {shown(origin, 200)}, {head.size} entries, root {head.root.hex()}"]
    for entry in entries:
        report += check_entry(entry, head)
    if "consistency" in bundle.values:
        claim = as_fields(bundle.values["consistency"], "consistency")
        report.append(check_consistency(claim, head, key=key))
    if "chain" in bundle.values:
        leaves = {entry.whole("index"): leaf_hash(entry.data("header")) for entry in entries}
        report += check_chain(bundle.objects("chain"), head, leaves=leaves)
    return [*report, f"key {shown(vkey, 400)}"]


def read_bundle(path: Path) -> Fields:
    """The file as JSON.

    Raises BundleError if it cannot be read, is too large, or is not one JSON object.
    """
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
    except BundleError as error:
        return _say(UNREADABLE, ["NOT PROVEN: the bundle cannot be read.", str(error)])
    except NotProvenError as error:
        means = f"It means: {MEANING[error.step]}"
        return _say(NOT_PROVEN, [f"NOT PROVEN: the step '{error.step}' failed.", str(error), means])
    if options.key is not None:
        return _say(PROVEN, ["PROVEN under the key you gave.", *report])
    warning = "Compare it with the key the log publishes, or give that with --key."
    return _say(
        PROVEN,
        ["PROVEN, if the key below is the log's: it came with the bundle.", *report, warning],
    )


def _say(code: int, lines: list[str]) -> int:
    encoding = sys.stdout.encoding or "utf-8"
    text = "".join(f"{line}\n" for line in lines)
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    return code


if __name__ == "__main__":
    sys.exit(main())
