"""What proves one award looks like."""

import msgspec


class AwardShown(msgspec.Struct, frozen=True):
    """One award as its list has it; the salt hides it from who sees a neighbour's proof."""

    payment: str
    application: str
    enterprise: str
    scheme: str
    year: int
    amount_fen: int
    salt: str


class AwardProof(msgspec.Struct, frozen=True):
    """That one award is on a signed list.

    leaf: the bytes that are hashed, as text. index, size: its place, from 0, among how many.
    path: hex, from the leaf's neighbour up. note: the root, signed as a C2SP checkpoint.
    """

    format: str
    award: AwardShown
    leaf: str
    index: int
    size: int
    root: str
    path: tuple[str, ...]
    note: str
