"""Signed checkpoints: the log's size and root at one moment, under the log's Ed25519 key.

The text is that of the C2SP specifications tlog-checkpoint and signed-note (c2sp.org), which
witnesses, mirrors and other people's verifiers read too::

    haihe.example/zone-1
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — haihe.example/zone-1 base64(key id, signature)

Ed25519 (signature type 0x01) is the one kind of signature made and checked. Lines of other keys,
such as a witness's, are kept and passed over.
"""

import base64
import binascii
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from haihe.errors import LogDamaged, LogUnavailable
from haihe.log.merkle import HASH_BYTES

ED25519: Final = b"\x01"  # signed-note: the type of an Ed25519 signature.
KEY_BYTES: Final = 32  # RFC 8032: an Ed25519 public key.
KEY_ID_BYTES: Final = 4  # signed-note: the first four bytes of a SHA-256.
NOTE_LENGTH_MAX: Final = 1 << 20  # Ours: room for 100 post-quantum signatures of 5 kB in base64.
SIGNATURES_MAX: Final = 100  # The Go implementation's limit; signed-note asks for 16 at least.
KEY_FILE_BYTES_MAX: Final = 16_384  # Ours: an Ed25519 key in PEM has 119 bytes.

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,17}")  # Below 10**18, so within an int64.
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")
_SIGNATURE: Final = re.compile(r"— (\S+) (\S+)")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself.

    origin: the log's name, such as "haihe.example/zone-1"; no spaces, no "+".
    size: how many leaves.
    root: the tree's root over them, 32 bytes.
    extensions: further lines; the specification advises against any.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what could not be written as a checkpoint and read back the same."""
        check_name(self.origin)
        if not _SIZE.fullmatch(str(self.size)):
            raise ValueError(f"checkpoint size is {self.size}; it must be 0 or more, below 10^18.")
        if len(self.root) != HASH_BYTES:
            raise ValueError(
                f"checkpoint root has {len(self.root)} bytes; a SHA-256 has {HASH_BYTES}."
            )
        for line in self.extensions:
            if not line or "\n" in line or _CONTROL.search(line):
                raise ValueError(
                    f"extension line {line!r} must not be empty nor hold control characters."
                )

    @property
    def text(self) -> str:
        r"""The lines that are signed.

        >>> Checkpoint("haihe.example/zone-1", 0, bytes(32)).text
        'haihe.example/zone-1\n0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n'
        """
        lines = (self.origin, str(self.size), _to_base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a log's key: what an auditor holds.

    name: the log's origin.
    public: 32 bytes, as RFC 8032 writes it.
    """

    name: str
    public: bytes

    def __post_init__(self) -> None:
        """Check name and length once."""
        check_name(self.name)
        if len(self.public) != KEY_BYTES:
            raise ValueError(
                f"the public key of '{self.name}' has {len(self.public)} bytes; Ed25519 has "
                f"{KEY_BYTES}."
            )

    @property
    def id(self) -> bytes:
        """Four bytes that tell keys of one name apart; they prove nothing."""
        seed = self.name.encode() + b"\n" + ED25519 + self.public
        return hashlib.sha256(seed).digest()[:KEY_ID_BYTES]

    @property
    def text(self) -> str:
        """The key as a vkey: ``name+id+base64``, the form auditors are given.

        >>> VerifierKey("haihe.example/zone-1", bytes(32)).text
        'haihe.example/zone-1+b4a79b39+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
        """
        return f"{self.name}+{self.id.hex()}+{_to_base64(ED25519 + self.public)}"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A log's key. It is never shown.

    name: the log's origin.
    """

    name: str
    private: Ed25519PrivateKey = field(repr=False)

    def __post_init__(self) -> None:
        """Check the name once."""
        check_name(self.name)

    @property
    def verifier(self) -> VerifierKey:
        """The half that may be given away."""
        return VerifierKey(self.name, self.private.public_key().public_bytes_raw())


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line of a note, not yet checked.

    name: the key's.
    key_id: 4 bytes.
    signed: the signature's bytes.
    """

    name: str
    key_id: bytes
    signed: bytes


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint as read, with its signatures; believe it only after ``verify_checkpoint``."""

    checkpoint: Checkpoint
    signatures: tuple[Signature, ...]


def check_name(name: str) -> None:
    """Refuse an origin or key name that a note could not carry.

    Raises ValueError naming it.

    >>> check_name("haihe.example/zone-1")
    """
    if not name or "+" in name or _CONTROL.search(name) or any(part.isspace() for part in name):
        raise ValueError(
            f"log name {name!r} must not be empty nor hold spaces, '+' or control characters; "
            "write it as 'haihe.example/zone-1'."
        )


def sign_checkpoint(checkpoint: Checkpoint, key: SigningKey) -> str:
    """The checkpoint as a signed note.

    Raises ValueError if the key is another log's, or the note would be too long to be read back.
    """
    if key.name != checkpoint.origin:
        raise ValueError(
            f"the key is '{key.name}', the checkpoint '{checkpoint.origin}'; a log signs only its "
            "own checkpoints. Load the key under the log's origin."
        )
    signed = key.private.sign(checkpoint.text.encode())
    line = f"— {key.name} {_to_base64(key.verifier.id + signed)}\n"
    note = f"{checkpoint.text}\n{line}"
    _check_length(note)
    return note


def parse_checkpoint(note: str) -> SignedCheckpoint:
    """The parts of a signed checkpoint, its signatures not yet checked.

    Raises ValueError naming the line that is not as the specification wants it.
    """
    _check_length(note)
    if found := _CONTROL.search(note):
        raise ValueError(
            f"checkpoint holds {found[0]!r} at {found.start()}; it must be plain text."
        )
    text, gap, tail = note.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        raise ValueError(
            f"checkpoint ends in {note[-20:]!r}; it must end in an empty line and then whole "
            "signature lines. It may have been cut off."
        )
    signatures = tuple(_parse_signatures(tail))
    return SignedCheckpoint(_parse_text(text), signatures)


def verify_checkpoint(note: str, key: VerifierKey) -> Checkpoint:
    """What the log with this key has signed.

    Raises ValueError if the note is no signed checkpoint; LogDamaged if it is another log's, or not
    signed by the key, or was changed afterwards.
    """
    found = parse_checkpoint(note)
    origin = found.checkpoint.origin
    if origin != key.name:
        raise LogDamaged(
            f"the checkpoint is of the log '{origin}', the key of '{key.name}'; take the right key."
        )
    ours = [one for one in found.signatures if (one.name, one.key_id) == (key.name, key.id)]
    if not ours:
        others = ", ".join(f"{one.name} {one.key_id.hex()}" for one in found.signatures)
        raise LogDamaged(
            f"the checkpoint of size {found.checkpoint.size} is not signed by {key.name} "
            f"{key.id.hex()}, only by {others}; check which key the log publishes."
        )
    public = Ed25519PublicKey.from_public_bytes(key.public)
    for one in ours:
        try:
            public.verify(one.signed, found.checkpoint.text.encode())
        except InvalidSignature as error:
            raise LogDamaged(
                f"the signature of {key.name} {key.id.hex()} does not fit the checkpoint of size "
                f"{found.checkpoint.size}: it was changed after signing. Get it anew from the log."
            ) from error
    return found.checkpoint


def parse_vkey(text: str) -> VerifierKey:
    """The key a vkey names.

    text: ``name+id+base64``.
    Raises ValueError if it is none, not of Ed25519, or its id is not its key's.

    >>> parse_vkey("haihe.example/zone-1+b4a79b39+" + "AQ" + 42 * "A").name
    'haihe.example/zone-1'
    """
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    data = _from_base64(encoded, where="the key's last part")
    if data[:1] != ED25519:
        raise ValueError(
            f"the key '{text}' is of type {data[:1].hex() or 'none'}; only Ed25519 (01) is read. "
            "It must look like 'name+id+base64'."
        )
    key = VerifierKey(name, data[1:])
    if key.id.hex() != key_id:
        raise ValueError(
            f"the key '{text}' has the id '{key_id}', but its name and bytes give "
            f"'{key.id.hex()}'; it was mistyped or cut off. Copy it anew."
        )
    return key


def create_key(path: Path, *, name: str) -> SigningKey:
    """A new key, kept in a new file that only this user may read (0600), as PEM PKCS8.

    name: the log's origin.
    Raises LogUnavailable if the file exists or cannot be written; ValueError if the name is bad.
    """
    key = SigningKey(name, Ed25519PrivateKey.generate())
    pem = key.private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise LogUnavailable(
            f"{path} exists and is not overwritten: with its key, all it has signed would lose its "
            "signer. Load it, or name another file."
        ) from error
    except OSError as error:
        raise LogUnavailable(f"cannot create the key file {path} ({error.strerror}).") from error
    _write_synced(handle, pem, path=path)
    return key


def load_key(path: Path, *, name: str) -> SigningKey:
    """The key in a file.

    name: the log's origin; the file does not hold it.
    Raises LogUnavailable if it is missing, others may read it, or it holds no Ed25519 key.
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            pem = file.read(KEY_FILE_BYTES_MAX)
    except OSError as error:
        raise LogUnavailable(
            f"cannot read the log's key {path} ({error.strerror}). Restore it from backup; a new "
            "key is only for a log that has signed nothing yet."
        ) from error
    if mode & 0o077:
        raise LogUnavailable(
            f"the key {path} has mode {mode:04o}: others could sign in this log's name. Run: chmod "
            f"600 {path}"
        )
    try:
        private = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise LogUnavailable(
            f"{path} ({len(pem)} bytes) holds no unencrypted PEM key. Restore it from the backup; "
            "if it is empty and nothing was signed yet, delete it and create it anew."
        ) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise LogUnavailable(
            f"{path} holds a key of kind {type(private).__name__}; the log signs with Ed25519."
        )
    return SigningKey(name, private)


def _write_synced(handle: int, data: bytes, *, path: Path) -> None:
    """Write a new file and its name to the disk, or leave no file."""
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise LogUnavailable(f"cannot write the key file {path} ({error.strerror}).") from error


def _parse_text(text: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) < 3 or "" in lines:
        raise ValueError(
            f"checkpoint has the lines {lines}; it must have origin, size and root, none empty."
        )
    origin, size, root, *extensions = lines
    if not _SIZE.fullmatch(size):
        raise ValueError(f"checkpoint size is {size!r}; it must be decimal, without leading zeros.")
    return Checkpoint(origin, int(size), _from_base64(root, where="root"), tuple(extensions))


def _parse_signatures(tail: str) -> Iterator[Signature]:
    lines = tail[:-1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise ValueError(
            f"checkpoint has {len(lines)} signatures; at most {SIGNATURES_MAX} are read."
        )
    for line in lines:
        found = _SIGNATURE.fullmatch(line)
        if found is None or "+" in found[1]:
            raise ValueError(f"signature line {line!r} must look like '— name base64'.")
        signed = _from_base64(found[2], where=f"signature of {found[1]}")
        if len(signed) <= KEY_ID_BYTES:
            raise ValueError(f"signature line {line!r} holds {len(signed)} bytes; more are needed.")
        yield Signature(found[1], signed[:KEY_ID_BYTES], signed[KEY_ID_BYTES:])


def _check_length(note: str) -> None:
    if len(note) > NOTE_LENGTH_MAX:
        raise ValueError(
            f"checkpoint has {len(note)} characters; at most {NOTE_LENGTH_MAX} are read."
        )


def _to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _from_base64(text: str, *, where: str) -> bytes:
    """The bytes of standard base64, written in the one canonical way."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"{where} is {text[:60]!r}, which is not base64 ({error}).") from error
    if _to_base64(data) != text:
        raise ValueError(f"{where} is {text[:60]!r}, which is not base64 in its canonical form.")
    return data
