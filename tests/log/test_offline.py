import ast
import base64
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from haihe.log import offline
from haihe.log.checkpoint import Checkpoint, SigningKey, sign_checkpoint
from haihe.log.offline import Head, verify_consistency, verify_inclusion
from tests.data import read_lines

NAME = "haihe.example/zone-1"
KEY = SigningKey(NAME, Ed25519PrivateKey.generate())
OTHER = SigningKey(NAME, Ed25519PrivateKey.generate())
COUNT = 11


def body_of(index: int) -> bytes:
    return f'{{"line":"clock","at":{index}}}\n{{"line":"note","words":"甲烷 {index}"}}\n'.encode()


def header_of(index: int, /, **changes: object) -> bytes:
    header: dict[str, object] = {
        "seq": index,
        "first_offset": index * 2,
        "rows": 2,
        "kind": "lines",
        "stream": "step",
        "received_at": index,
        "body_sha256": hashlib.sha256(body_of(index)).hexdigest(),
    }
    return json.dumps(header | changes, separators=(",", ":")).encode()


def leaf(header: bytes) -> bytes:
    return hashlib.sha256(b"\0" + header).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162, section 2.1.1."""
    if len(leaves) == 1:
        return leaves[0]
    at = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(leaves[:at]) + root(leaves[at:])).digest()


def path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 9162, section 2.1.3.1."""
    if len(leaves) == 1:
        return []
    at = 1 << (len(leaves) - 1).bit_length() - 1
    if index < at:
        return [*path(index, leaves[:at]), root(leaves[at:])]
    return [*path(index - at, leaves[at:]), root(leaves[:at])]


def growth(old_size: int, leaves: Sequence[bytes], *, whole: bool = True) -> list[bytes]:
    """PROOF of RFC 9162, section 2.1.4.1."""
    if old_size == len(leaves):
        return [] if whole else [root(leaves)]
    at = 1 << (len(leaves) - 1).bit_length() - 1
    if old_size <= at:
        return [*growth(old_size, leaves[:at], whole=whole), root(leaves[at:])]
    return [*growth(old_size - at, leaves[at:], whole=False), root(leaves[:at])]


def to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def note_of(headers: Sequence[bytes], *, key: SigningKey = KEY) -> str:
    leaves = [leaf(header) for header in headers]
    return sign_checkpoint(Checkpoint(key.name, len(leaves), root(leaves)), key)


HEADERS = [header_of(index) for index in range(COUNT)]
LEAVES = [leaf(header) for header in HEADERS]


def entry_of(index: int, /, **changes: object) -> dict[str, object]:
    entry: dict[str, object] = {
        "index": index,
        "header": to_base64(HEADERS[index]),
        "body": to_base64(body_of(index)),
        "proof": [to_base64(step) for step in path(index, LEAVES)],
        "says": {"zh": "风机已启动", "en": "the fan was started"},
        "lines": [1],
    }
    return entry | changes


def chain_of(first: int, end: int) -> list[dict[str, object]]:
    links: list[dict[str, object]] = []
    chain = bytes(32)
    for index, each in enumerate(LEAVES[:end]):
        chain = hashlib.sha256(chain + each).digest()
        links.append({"index": index, "leaf": to_base64(each), "chain": to_base64(chain)})
    return links[first:]


REWRITTEN = [header_of(99), *HEADERS[1:6]]
GROWN: dict[str, object] = {
    "old_checkpoint": note_of(HEADERS[:6]),
    "proof": [to_base64(step) for step in growth(6, LEAVES)],
}


def bundle_of(**changes: object) -> dict[str, object]:
    bundle: dict[str, object] = {
        "format": "haihe-proof-1",
        "origin": NAME,
        "vkey": KEY.verifier.text,
        "checkpoint": note_of(HEADERS),
        "entries": [entry_of(3), entry_of(10)],
        "consistency": GROWN,
        "chain": chain_of(0, COUNT),
    }
    return bundle | changes


def check(tmp_path: Path, bundle: object, *, key: str = KEY.verifier.text) -> int:
    file = tmp_path / "bundle.json"
    data = bundle if isinstance(bundle, bytes) else json.dumps(bundle).encode()
    file.write_bytes(data)
    return offline.main([str(file), *(["--key", key] if key else [])])


def fails(step: str) -> str:
    return f"NOT PROVEN: the step '{step}' failed.\n"


def test_an_auditor_needs_this_one_file_and_cryptography(tmp_path: Path) -> None:
    tool = Path(shutil.copy(offline.__file__, tmp_path / "offline.py"))
    tree = ast.parse(tool.read_text(encoding="utf-8"))
    named = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    named |= {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    roots = {name.partition(".")[0] for name in named}
    assert roots - sys.stdlib_module_names == {"cryptography"}
    (tmp_path / "bundle.json").write_text(json.dumps(bundle_of()), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "offline.py", "bundle.json", "--key", KEY.verifier.text],
        cwd=tmp_path,
        env={"LC_ALL": "C", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"PROVEN under the key you gave.\n")


def test_what_is_proven_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(tmp_path, bundle_of()) == 0
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "PROVEN under the key you gave.",
        f"log {NAME}, 11 entries, root {root(LEAVES).hex()}",
        "entry 3: records 6 to 7, lines of step, in the log and unchanged",
        '  record 7: {"line":"note","words":"甲烷 3"}',
        '  claimed, not proven: {"zh": "风机已启动", "en": "the fan was started"}',
        "entry 10: records 20 to 21, lines of step, in the log and unchanged",
        '  record 21: {"line":"note","words":"甲烷 10"}',
        '  claimed, not proven: {"zh": "风机已启动", "en": "the fan was started"}',
        "consistency: the first 6 entries are those of the older checkpoint",
        said[-2],
        f"key {KEY.verifier.text}",
    ]
    assert said[-2].startswith("chain: 11 links follow from each other, up to ")


def test_without_a_key_of_ones_own_the_verdict_says_what_it_rests_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(tmp_path, bundle_of(), key="") == 0
    said = capsys.readouterr().out
    assert said.startswith("PROVEN only if the key below is the log's: it came with the bundle.")


def test_a_bundle_forged_whole_under_another_key_is_caught_by_the_auditors_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note = note_of(HEADERS, key=OTHER)
    forged = without("consistency", vkey=OTHER.verifier.text, checkpoint=note)
    assert check(tmp_path, forged, key="") == 0
    assert check(tmp_path, forged) == 1
    assert fails("key") in capsys.readouterr().out


@pytest.mark.parametrize("size", range(1, 12))
def test_every_entry_of_every_small_log_is_proven(tmp_path: Path, size: int) -> None:
    leaves = LEAVES[:size]
    entries = [
        entry_of(index, proof=[to_base64(step) for step in path(index, leaves)])
        for index in range(size)
    ]
    for old in range(1, size + 1):
        proof = [to_base64(step) for step in growth(old, leaves)]
        bundle = bundle_of(
            checkpoint=note_of(HEADERS[:size]),
            entries=entries,
            consistency={"old_checkpoint": note_of(HEADERS[:old]), "proof": proof},
            chain=chain_of(0, size),
        )
        assert check(tmp_path, bundle) == 0


PROOF = [to_base64(step) for step in path(3, LEAVES)]
UNPROVEN: dict[str, tuple[str, dict[str, object]]] = {
    "a changed header": ("inclusion", {"header": to_base64(header_of(3, rows=9))}),
    "another entry's header": ("inclusion", {"header": to_base64(HEADERS[4])}),
    "another index": ("inclusion", {"index": 4}),
    "an index past the log": ("inclusion", {"index": COUNT}),
    "no proof": ("inclusion", {"proof": []}),
    "a proof cut short": ("inclusion", {"proof": entry_of(3)["proof"][:-1]}),  # type: ignore[index]  # A list.
    "a proof of another entry": ("inclusion", {"proof": entry_of(4)["proof"]}),
    "a hash too short": ("inclusion", {"proof": [to_base64(b"short")] * 4}),
    "a changed body": ("body", {"body": to_base64(body_of(3).replace(b"3", b"4"))}),
    "no body": ("body", {"body": ""}),
    "another entry's body": ("body", {"body": to_base64(body_of(4))}),
    "a line that is not there": ("lines", {"lines": [0, 2]}),
    "a line from the end": ("lines", {"lines": [-1]}),
    "a line of a body not handed over": ("lines", {"body": None}),
}


@pytest.mark.parametrize("name", UNPROVEN)
def test_a_tampered_entry_is_not_proven(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    step, changes = UNPROVEN[name]
    assert check(tmp_path, bundle_of(entries=[entry_of(10), entry_of(3, **changes)])) == 1
    said = capsys.readouterr().out
    assert said.startswith(fails(step))
    assert f"It means: {offline.MEANING[step]}\n" in said
    assert "record 21" not in said, "nothing is shown as proven beside a failed step"


@pytest.mark.parametrize("field", ["header", "body", "proof"])
def test_one_flipped_bit_in_an_entry_is_caught(tmp_path: Path, field: str) -> None:
    entry = entry_of(3)
    held = entry[field]
    data = base64.b64decode(held[0] if isinstance(held, list) else str(held))
    for bit in range(len(data) * 8):
        wrong = to_base64((int.from_bytes(data) ^ (1 << bit)).to_bytes(len(data)))
        changed = [wrong, *held[1:]] if isinstance(held, list) else wrong
        assert check(tmp_path, bundle_of(entries=[entry | {field: changed}])) == 1


def test_one_flipped_bit_in_the_checkpoint_is_caught(tmp_path: Path) -> None:
    note = note_of(HEADERS).encode()
    for bit in range(len(note) * 8):
        wrong = bytearray(note)
        wrong[bit // 8] ^= 1 << bit % 8
        text = wrong.decode(errors="surrogateescape")
        assert check(tmp_path, bundle_of(checkpoint=text)) == 1


@pytest.mark.parametrize(
    ("step", "changes"),
    [
        ("key", {"vkey": KEY.verifier.text[:-2]}),
        ("key", {"vkey": KEY.verifier.text.replace("zone-1", "zone-2")}),
        ("key", {"vkey": "", "origin": ""}),
        ("key", {"origin": "haihe.example/zone-2"}),
        ("checkpoint", {"checkpoint": note_of(HEADERS)[:-1]}),
        ("checkpoint", {"checkpoint": ""}),
        ("checkpoint", {"checkpoint": note_of(HEADERS).replace("\n11\n", "\n011\n")}),
        ("checkpoint", {"checkpoint": note_of(HEADERS).replace("\n11\n", "\n")}),
        ("signature", {"checkpoint": note_of(HEADERS).replace("\n11\n", "\n12\n")}),
        ("signature", {"checkpoint": note_of(HEADERS, key=OTHER)}),
        ("consistency", {"consistency": GROWN | {"proof": []}}),
        ("consistency", {"consistency": GROWN | {"old_checkpoint": note_of(REWRITTEN)}}),
        ("chain", {"chain": [chain_of(0, 5)[0], *chain_of(0, 5)[2:]]}),
        ("chain", {"chain": [chain_of(0, 5)[0] | {"chain": to_base64(bytes(32))}]}),
        ("chain", {"chain": [chain_of(3, 5)[0] | {"leaf": to_base64(bytes(32))}]}),
        ("chain", {"chain": [*chain_of(5, 7), chain_of(7, 8)[0] | {"leaf": to_base64(b"x")}]}),
        ("chain", {"chain": [chain_of(5, 6)[0] | {"index": COUNT}]}),
    ],
)
def test_what_does_not_fit_the_signed_log_is_not_proven(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], step: str, changes: dict[str, object]
) -> None:
    key = "" if step == "key" else KEY.verifier.text
    assert check(tmp_path, bundle_of(**changes), key=key) == 1
    assert capsys.readouterr().out.startswith(fails(step))


def test_an_entry_that_calls_itself_otherwise_is_not_shown_as_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    headers = [header_of(7), header_of(1)]
    leaves = [leaf(header) for header in headers]
    entry = entry_of(0, header=to_base64(headers[0]), proof=[to_base64(leaves[1])])
    bundle = bundle_of(checkpoint=note_of(headers), entries=[entry])
    assert check(tmp_path, bundle) == 1
    assert capsys.readouterr().out.startswith(fails("header"))


def test_the_claim_is_never_shown_as_a_proven_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claim = "\x1b[2J\nrecord 7: nobody was hurt"
    assert check(tmp_path, bundle_of(entries=[entry_of(3, says=claim)])) == 0
    said = capsys.readouterr().out
    assert r'  claimed, not proven: "\u001b[2J\nrecord 7: nobody was hurt"' in said.splitlines()


def test_a_header_alone_shows_that_the_entry_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = entry_of(3, body=None)
    del entry["lines"], entry["says"]
    assert check(tmp_path, bundle_of(entries=[entry])) == 0
    sealed = hashlib.sha256(body_of(3)).hexdigest()
    assert f"not in the bundle; it has the SHA-256 {sealed}" in capsys.readouterr().out


def without(name: str, **changes: object) -> dict[str, object]:
    return {kept: value for kept, value in bundle_of(**changes).items() if kept != name}


TWICE = json.dumps(bundle_of()).replace('"index": 3', '"index": 4, "index": 3').encode()
UNREADABLE = {
    "cut off": (json.dumps(bundle_of()).encode()[:-9], "not whole JSON, perhaps cut off"),
    "empty": (b"", "not whole JSON"),
    "not UTF-8": (b'{"format": "\xff"}', "not whole JSON"),
    "a list": (b"[]", "must be an object"),
    "nested without end": (b"[" * 100_000, "not whole JSON"),
    "a number without end": (b'{"format": ' + b"9" * 10_000 + b"}", "not whole JSON"),
    "a name twice": (TWICE, "the name 'index' stands twice"),
    "of another format": (bundle_of(format="haihe-proof-2"), "must be 'haihe-proof-1'"),
    "with an unknown name": (bundle_of(verdict="proven"), "unknown name 'verdict'"),
    "with an unknown name inside": (bundle_of(entries=[entry_of(3, proven=True)]), "name 'proven'"),
    "with nothing to prove": (without("consistency", entries=[]), "else nothing is proven"),
    "without a checkpoint": (without("checkpoint"), "'checkpoint' of the bundle is missing"),
    "with a header that is not base64": (bundle_of(entries=[entry_of(3, header="!")]), "base64"),
    "with base64 written another way": (bundle_of(entries=[entry_of(3, body="QR==")]), "base64"),
    "with a proof that is not base64": (bundle_of(entries=[entry_of(3, proof=["@"])]), "base64"),
    "with a proof of numbers": (bundle_of(entries=[entry_of(3, proof=[1])]), "base64"),
    "with an index that is no number": (bundle_of(entries=[entry_of(3, index=True)]), "whole"),
    "with a line that is no number": (bundle_of(entries=[entry_of(3, lines=["1"])]), "whole"),
    "with entries that are no objects": (bundle_of(entries=["x"]), "must be an object"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_is_no_bundle_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    content, words = UNREADABLE[name]
    assert check(tmp_path, content) == 2
    said = capsys.readouterr().out
    assert said.startswith("NOT PROVEN: the bundle cannot be read.\n")
    assert words in said


def test_a_missing_or_endless_file_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert offline.main([str(tmp_path / "missing.json")]) == 2
    assert "No such file" in capsys.readouterr().out
    monkeypatch.setattr(offline, "BUNDLE_BYTES_MAX", 1000)
    assert offline.main(["/dev/zero"]) == 2
    assert "larger than 1000 bytes" in capsys.readouterr().out


def test_wrong_usage_is_exit_code_two(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        offline.main([])
    assert "usage:" in capsys.readouterr().err


def test_the_vectors_of_the_transparency_project_come_out_as_labelled() -> None:
    hashes, checked, wrong = ("leafHash", "root", "root1", "root2"), 0, []
    for vector in read_lines("audit/merkle_vectors.jsonl.gz"):
        proof = [base64.b64decode(item) for item in vector["proof"] or []]
        data = {name: base64.b64decode(vector.get(name, "")) for name in hashes}
        if vector["kind"] == "inclusion":
            head = Head(vector["treeSize"], data["root"])
            held = verify_inclusion(data["leafHash"], proof, index=vector["leafIdx"], head=head)
        elif vector["kind"] == "consistency":
            old, new = Head(vector["size1"], data["root1"]), Head(vector["size2"], data["root2"])
            held = verify_consistency(old, new, proof=proof)
        else:
            continue
        checked += 1
        if held == vector["wantErr"]:
            wrong.append(vector["file"])
    assert (checked, wrong) == (196, [])
