"""One entry of the log: a header whose hash is a leaf of the tree, and a body the header seals.

An entry holds one batch of observations (``kind`` "batch", an Arrow stream) or some lines (``kind``
"lines", NDJSON). The header carries the body's hash, so the proof stands even after old bodies
moved into history files.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

import msgspec

BATCH: Final = "batch"
LINES: Final = "lines"


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What an entry is, as canonical JSON.

    seq: the entry's number; dense from 0.
    first_offset, rows: the records it holds; offsets are dense from 0.
    kind: "batch" or "lines".
    stream: the stream of a batch; for lines who wrote them: "fact" or "step".
    received_at: the log's time after its last record; ns, never falling.
    first_slot, new: the entities first heard of here, whose slots follow on from ``first_slot``.
    body_sha256: of the body's bytes, in hex.
    """

    seq: int
    first_offset: int
    rows: int
    kind: str
    stream: str
    received_at: int
    first_slot: int = 0
    new: tuple[str, ...] = ()
    body_sha256: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A header and its body; ``body`` is None where the records now stand in a history file."""

    header: Header
    body: bytes | None

    @property
    def end_offset(self) -> int:
        """The offset after its last record."""
        return self.header.first_offset + self.header.rows


_encoder: Final = msgspec.json.Encoder(order="deterministic")
_decoder: Final = msgspec.json.Decoder(Header)


def encode_header(header: Header) -> bytes:
    """Canonical bytes of a header: the data of its leaf."""
    return _encoder.encode(header)


def decode_header(data: bytes) -> Header:
    """The header of those bytes.

    Raises msgspec.ValidationError (a ValueError) if they are not one.
    """
    return _decoder.decode(data)


def body_sha256(body: bytes) -> str:
    """SHA-256 of a body, in hex."""
    return hashlib.sha256(body).hexdigest()


def chain_hash(before: bytes, leaf: bytes) -> bytes:
    """The chain after one more entry: SHA-256 of the chain before it and the entry's leaf.

    >>> chain_hash(bytes(32), bytes(32)).hex()[:16]
    'f5a5fd42d16a2030'
    """
    return hashlib.sha256(before + leaf).digest()
