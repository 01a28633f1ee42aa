import base64
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from haihe.errors import LogDamaged, LogUnavailable
from haihe.log.checkpoint import (
    Checkpoint,
    SigningKey,
    VerifierKey,
    create_key,
    load_key,
    parse_checkpoint,
    parse_vkey,
    sign_checkpoint,
    verify_checkpoint,
)
from haihe.log.merkle import Frontier, leaf_hash

NAME = "haihe.example/zone-1"
KEY = SigningKey(NAME, Ed25519PrivateKey.generate())
OTHER = SigningKey(NAME, Ed25519PrivateKey.generate())
NOTE = sign_checkpoint(Checkpoint(NAME, 12, bytes(range(32))), KEY)

# c2sp.org/signed-note, section "Example": a key and a note it signed.
SPEC_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_TEXT = b"This is an example message.\n"
SPEC_SIGNED = (
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
)
# c2sp.org/tlog-checkpoint, the example at its head.
SPEC_NOTE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q"
    "1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)
# The test log of transparency-dev/tessera (testdata/log), signed by its Go code: key, the leaves
# as its script names them, and its checkpoints of 0 and of 15 entries.
TESSERA_VKEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
TESSERA_LEAVES = (
    "one two three four five six seven eit nain ten ileven twelf threeten fourten fivten"
)
TESSERA_NOTES = {
    0: "example.com/log/testdata\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n"
    "— example.com/log/testdata M9e0lhxJACzE1KoUdqKuPa+9p6R7dSW8BlEvrg/noo8FkGg6PbJoRNOcdjqjOq89wVv"
    "TA60eubCc4oufo5BvIVEgtQc=\n",
    15: "example.com/log/testdata\n15\nrKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=\n\n"
    "— example.com/log/testdata M9e0luh4jTG+UMBqOUo9/q+yAEvx1ilBEniMvjf1zfcBOhg+CKubMt53MvIt/uEWP6z"
    "dkdIQzd/fmwlM/dlPWF74ewI=\n",
}


def pem(private: Ed25519PrivateKey | X25519PrivateKey, *, password: bytes = b"") -> bytes:
    cipher = serialization.BestAvailableEncryption(password) if password else None
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        cipher or serialization.NoEncryption(),
    )


def key_file(folder: Path, content: bytes) -> Path:
    path = folder / "log.key"
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def test_the_key_of_the_specification_has_its_id_and_verifies_its_note() -> None:
    key = parse_vkey(SPEC_VKEY)
    signed = base64.b64decode(SPEC_SIGNED)
    assert (key.name, key.id.hex(), key.text) == ("example.com/foo", "530d903a", SPEC_VKEY)
    assert signed[:4] == key.id
    Ed25519PublicKey.from_public_bytes(key.public).verify(signed[4:], SPEC_TEXT)


def test_the_checkpoint_of_the_specification_is_read() -> None:
    found = parse_checkpoint(SPEC_NOTE)
    root = base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    assert found.checkpoint == Checkpoint("example.com/behind-the-sofa", 20_852_163, root)
    assert [one.key_id.hex() for one in found.signatures] == ["033de0ae"]


@pytest.mark.parametrize("size", [0, 15])
def test_checkpoints_another_program_signed_are_verified_and_fit_our_tree(size: int) -> None:
    frontier = Frontier()
    for word in TESSERA_LEAVES.split()[:size]:
        frontier, _ = frontier.append(leaf_hash(word.encode()))
    checkpoint = verify_checkpoint(TESSERA_NOTES[size], parse_vkey(TESSERA_VKEY))
    assert checkpoint == Checkpoint("example.com/log/testdata", size, frontier.root)


@given(
    size=st.integers(0, 10**18 - 1),
    root=st.binary(min_size=32, max_size=32),
    extensions=st.lists(
        st.text(
            st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1, max_size=40
        ),
        max_size=3,
    ),
)
def test_what_was_signed_is_read_back(size: int, root: bytes, extensions: list[str]) -> None:
    checkpoint = Checkpoint(NAME, size, root, tuple(extensions))
    assert verify_checkpoint(sign_checkpoint(checkpoint, KEY), KEY.verifier) == checkpoint


def test_one_flipped_bit_anywhere_breaks_a_checkpoint() -> None:
    note = NOTE.encode()
    for bit in range(len(note) * 8):
        wrong = bytearray(note)
        wrong[bit // 8] ^= 1 << bit % 8
        try:
            text = wrong.decode()
        except UnicodeDecodeError:
            continue
        with pytest.raises((ValueError, LogDamaged)):
            verify_checkpoint(text, KEY.verifier)


def test_a_checkpoint_cut_off_anywhere_is_refused() -> None:
    for length in range(len(NOTE)):
        with pytest.raises((ValueError, LogDamaged)):
            verify_checkpoint(NOTE[:length], KEY.verifier)


def test_another_key_of_the_same_name_does_not_verify() -> None:
    with pytest.raises(LogDamaged, match=r"not signed by haihe\.example/zone-1"):
        verify_checkpoint(NOTE, OTHER.verifier)


def test_another_logs_key_does_not_verify() -> None:
    key = VerifierKey("haihe.example/zone-2", KEY.verifier.public)
    with pytest.raises(LogDamaged, match=r"of the log 'haihe\.example/zone-1', the key of"):
        verify_checkpoint(NOTE, key)


def test_a_key_signs_only_its_own_logs_checkpoints() -> None:
    with pytest.raises(ValueError, match="signs only its own"):
        sign_checkpoint(Checkpoint("haihe.example/zone-2", 1, bytes(32)), KEY)


def test_signatures_of_unknown_keys_are_passed_over() -> None:
    text, _, ours = NOTE.partition("\n\n")
    theirs = f"— witness.example/w1 {base64.b64encode(bytes(76)).decode()}\n"
    note = f"{text}\n\n{theirs}{ours}{theirs}"
    assert verify_checkpoint(note, KEY.verifier).size == 12
    assert len(parse_checkpoint(note).signatures) == 3


def test_one_false_signature_in_our_name_is_enough_to_refuse() -> None:
    false = base64.b64encode(KEY.verifier.id + bytes(64)).decode()
    with pytest.raises(LogDamaged, match="does not fit the checkpoint of size 12"):
        verify_checkpoint(f"{NOTE}— {NAME} {false}\n", KEY.verifier)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("\n12\n", "\n012\n", "without leading zeros"),
        ("\n12\n", "\n-12\n", "without leading zeros"),
        ("\n12\n", "\n1٢\n", "without leading zeros"),
        ("\n12\n", "\n1000000000000000000\n", "without leading zeros"),
        ("\n12\n", "\n", "must have origin, size and root"),
        ("\n12\n", "\n\n12\n", "none empty"),
        ("\n12\n", "\r\n12\n", "plain text"),
        ("\n\n— ", "\n— ", "must end in an empty line"),
        ("\n\n— ", "\n\n- ", "must look like '— name base64'"),
        ("\n\n— ", "\n\n— +", "must look like '— name base64'"),
        ("\n\n— ", "\n\n—  ", "must look like '— name base64'"),
        ("Hh8=\n", "Hh8\n", "root is .* not base64"),
        ("Hh8=\n", "Hh9=\n", "root is .* not base64 in its canonical form"),
        ("Hh8=\n", "\n", "root has 30 bytes"),
        ("haihe.example/zone-1\n12", "haihe example\n12", "must not be empty nor hold spaces"),
    ],
)
def test_what_is_no_checkpoint_is_refused_by_name(old: str, new: str, words: str) -> None:
    assert old in NOTE
    with pytest.raises(ValueError, match=words):
        parse_checkpoint(NOTE.replace(old, new, 1))


def test_a_signature_line_without_a_signature_is_refused() -> None:
    text, _, _ = NOTE.partition("\n\n")
    with pytest.raises(ValueError, match="holds 4 bytes"):
        parse_checkpoint(f"{text}\n\n— {NAME} {base64.b64encode(bytes(4)).decode()}\n")


def test_a_flood_of_signatures_or_text_is_refused() -> None:
    line = NOTE.splitlines(keepends=True)[-1]
    with pytest.raises(ValueError, match="has 101 signatures"):
        parse_checkpoint(NOTE + line * 100)
    with pytest.raises(ValueError, match="at most 1048576"):
        parse_checkpoint(NOTE + line * 20_000)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "line\nbreak", "ideographic\u3000space"])
def test_a_name_a_note_cannot_carry_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="must not be empty nor hold spaces"):
        VerifierKey(name, bytes(32))
    with pytest.raises(ValueError, match="must not be empty nor hold spaces"):
        Checkpoint(name, 0, bytes(32))


@pytest.mark.parametrize("line", ["", "two\nlines", "bell\a"])
def test_an_extension_line_that_would_break_the_text_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="extension line"):
        Checkpoint(NAME, 0, bytes(32), (line,))


def test_a_negative_size_and_a_short_root_are_refused() -> None:
    with pytest.raises(ValueError, match="size is -1"):
        Checkpoint(NAME, -1, bytes(32))
    with pytest.raises(ValueError, match="root has 31 bytes"):
        Checkpoint(NAME, 1, bytes(31))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "of type none"),
        ("example.com/foo", "of type none"),
        (SPEC_VKEY.replace("530d903a", "530d903b"), "give '530d903a'"),
        (SPEC_VKEY.replace("example.com/foo", "example.com/bar"), "mistyped or cut off"),
        (SPEC_VKEY[:-1], "not base64"),
        (SPEC_VKEY[:-4], "has 29 bytes"),
        (SPEC_VKEY.replace("+Aek", "+BOk"), "of type 04"),
    ],
)
def test_a_damaged_key_text_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_vkey(text)


def test_a_new_key_is_its_owners_alone_and_comes_back_the_same(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    made = create_key(path, name=NAME)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----\n")
    assert load_key(path, name=NAME).verifier == made.verifier
    assert create_key(tmp_path / "second.key", name=NAME).verifier != made.verifier


def test_an_existing_key_is_never_overwritten(tmp_path: Path) -> None:
    path = key_file(tmp_path, b"the old key")
    with pytest.raises(LogUnavailable, match="exists and is not overwritten"):
        create_key(path, name=NAME)
    assert path.read_bytes() == b"the old key"


def test_a_key_is_not_written_through_a_link(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LogUnavailable, match="exists and is not overwritten"):
        create_key(path, name=NAME)
    assert not (tmp_path / "elsewhere").exists()


def test_a_key_that_cannot_be_written_or_read_is_said_to_be_so(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "log.key"
    with pytest.raises(LogUnavailable, match=r"cannot create .*No such file"):
        create_key(path, name=NAME)
    with pytest.raises(LogUnavailable, match=r"cannot read .*Restore it from"):
        load_key(path, name=NAME)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_others_may_touch_is_not_used(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "log.key"
    create_key(path, name=NAME)
    path.chmod(mode)
    with pytest.raises(LogUnavailable, match=f"has mode 0{mode:o}: .* chmod 600"):
        load_key(path, name=NAME)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", r"\(0 bytes\) holds no unencrypted PEM key"),
        (b"not a key", "holds no unencrypted PEM key"),
        (pem(Ed25519PrivateKey.generate())[:60], "holds no unencrypted PEM key"),
        (pem(Ed25519PrivateKey.generate(), password=b"x"), "holds no unencrypted PEM key"),
        (pem(X25519PrivateKey.generate()), "of kind X25519PrivateKey; the log signs with Ed25519"),
    ],
    ids=["empty", "words", "cut", "locked", "another-kind"],
)
def test_a_file_without_a_usable_key_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(LogUnavailable, match=words):
        load_key(key_file(tmp_path, content), name=NAME)


def test_a_key_is_never_shown() -> None:
    raw = KEY.private.private_bytes_raw()
    assert repr(KEY) == f"SigningKey(name='{NAME}')"
    assert raw.hex() not in repr(KEY)
