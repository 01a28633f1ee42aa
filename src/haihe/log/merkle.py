"""The Merkle tree over the log's entries: roots as it grows, proofs of it, and their check.

A leaf is an entry's header. Leaf and node hashes, roots and proofs are those of RFC 9162, section
2.1. Subtrees are those of draft-ietf-plants-merkle-tree-certs, section 4: a stretch of leaves whose
root can be proven to lie in the tree, of which one leaf and a whole older tree are the two special
cases. Hence one routine makes every proof and one checks every proof.

Proofs are made from stored hashes. Besides the leaves' the log keeps the root of every complete
**tile**: 256 leaves (level 0), 256 tiles of level 0 (level 1) and so on. So a proof reads and
hashes at most 512 a level, and a million entries have three levels.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from haihe.errors import LogDamaged

HASH_BYTES: Final = 32  # SHA-256; RFC 9162, section 2.1.1.
TILE_BITS: Final = 8  # C2SP tlog-tiles: a tile is 256 hashes wide.
TILE_LEAVES: Final = 1 << TILE_BITS
EMPTY_ROOT: Final = hashlib.sha256().digest()  # RFC 9162, section 2.1.1: no leaves at all.


class Tile(NamedTuple):
    """A complete tile's place and root: row for row what the log stores.

    level: 0 for 256 leaves, 1 for 256 * 256 and so on.
    place: the tile's number within its level, from 0 at the left.
    root: its hash, 32 bytes.
    """

    level: int
    place: int
    root: bytes


class Hashes(Protocol):
    """Where a proof's hashes come from: the log's storage."""

    def leaves(self, start: int, end: int) -> Sequence[bytes]:
        """Leaf hashes [start, end)."""
        ...

    def tiles(self, level: int, start: int, *, end: int) -> Sequence[bytes]:
        """Roots of the complete tiles [start, end) of a level."""
        ...


@dataclass(frozen=True, slots=True)
class Subtree:
    """The leaves [start, end) as a tree of their own.

    A subtree has a meaning in a larger tree only where ``is_valid``.
    """

    start: int
    end: int

    @property
    def is_valid(self) -> bool:
        """Whether ``start`` is a multiple of the smallest power of two >= ``end - start``.

        >>> Subtree(8, 13).is_valid, Subtree(5, 5).is_valid, Subtree(2, 6).is_valid
        (True, True, False)
        """
        if not 0 <= self.start <= self.end:
            return False
        width = 1 << (self.end - self.start - 1).bit_length() if self.end > self.start else 1
        return self.start % width == 0


def leaf_hash(data: bytes) -> bytes:
    """SHA-256 of 0x00 and the leaf's data.

    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and the two children's hashes.

    >>> node_hash(leaf_hash(b""), leaf_hash(bytes(1))).hex()[:16]
    'fac54203e7cc696c'
    """
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The tree's right edge: all that its next root depends on.

    size: how many leaves there are.
    roots: of the complete subtrees the tree falls into, the largest first: one for each 1 in
        ``size`` as a binary number.
    """

    size: int = 0
    roots: tuple[bytes, ...] = ()

    @classmethod
    def restore(cls, size: int, source: Hashes) -> "Frontier":
        """The frontier of the first ``size`` leaves, from stored hashes.

        Raises LogDamaged if the source lacks one it needs.

        >>> Frontier.restore(0, source=...).size
        0
        """
        parts = _complete_parts(0, size)
        return cls(size, tuple(_complete_root(part, source) for part in parts))

    @property
    def root(self) -> bytes:
        """The tree's root.

        >>> Frontier().root == EMPTY_ROOT
        True
        """
        return _fold(self.roots)

    def append(self, leaf: bytes) -> tuple["Frontier", tuple[Tile, ...]]:
        """The frontier with one more leaf, and the tiles it made complete: nearly always none.

        leaf: its hash, 32 bytes; not its data.

        >>> frontier, tiles = Frontier().append(leaf_hash(b""))
        >>> frontier.size, frontier.root == leaf_hash(b""), tiles
        (1, True, ())
        """
        _check_leaf(leaf)
        joined = leaf
        tiles: tuple[Tile, ...] = ()
        size = self.size + 1
        height = (size & -size).bit_length() - 1
        for level in range(1, height + 1):
            joined = node_hash(self.roots[-level], joined)
            if level % TILE_BITS == 0:
                tiles += (Tile(level // TILE_BITS - 1, (size >> level) - 1, joined),)
        kept = self.roots[: len(self.roots) - height]
        return Frontier(size, (*kept, joined)), tiles


def inclusion_proof(index: int, size: int, *, source: Hashes) -> tuple[bytes, ...]:
    """Hashes that lead from one leaf to the root: PATH of RFC 9162, section 2.1.3.1.

    index: the leaf's number, from 0.
    size: the tree's leaves; more than ``index``.
    Raises ValueError if the leaf is not in the tree; LogDamaged if the source lacks a hash.
    """
    return subtree_inclusion_proof(index, Subtree(0, size), source=source)


def consistency_proof(old_size: int, size: int, *, source: Hashes) -> tuple[bytes, ...]:
    """Hashes that show an older tree to be the new one's beginning: RFC 9162, section 2.1.4.1.

    old_size: the older tree's leaves; at least 1.
    size: the newer tree's; at least ``old_size``.
    Raises ValueError if the sizes are not so; LogDamaged if the source lacks a hash.
    """
    if old_size == 0:
        raise ValueError(
            f"old_size is {old_size}; the empty tree begins every tree, so there is nothing to "
            "prove. Start from a checkpoint that holds an entry."
        )
    return subtree_consistency_proof(Subtree(0, old_size), size, source=source)


def subtree_inclusion_proof(index: int, subtree: Subtree, *, source: Hashes) -> tuple[bytes, ...]:
    """Hashes that lead from one leaf to a subtree's root; the draft's section 4.3.

    Raises ValueError if the leaf is not in it; LogDamaged if the source lacks a hash.
    """
    if not (subtree.is_valid and subtree.start <= index < subtree.end):
        raise ValueError(
            f"there is no leaf {index} in {subtree}; it must be from start to end - 1, and start "
            "a multiple of the smallest power of two >= end - start."
        )
    return _proof(Subtree(index, index + 1), subtree, source=source)


def subtree_consistency_proof(subtree: Subtree, size: int, *, source: Hashes) -> tuple[bytes, ...]:
    """Hashes that lead from a subtree's root to the tree's; the draft's section 4.4.1.

    size: the tree's leaves.
    Raises ValueError if it is no subtree of the tree; LogDamaged if the source lacks a hash.
    """
    if not (subtree.is_valid and subtree.end <= size):
        raise ValueError(
            f"{subtree} is no subtree of {size} leaves; it must end by then, and start be a "
            "multiple of the smallest power of two >= end - start."
        )
    if subtree.start == subtree.end:
        return ()
    return _proof(subtree, Subtree(0, size), source=source)


def verify_inclusion(
    leaf: bytes, proof: Sequence[bytes], *, index: int, size: int, root: bytes
) -> bool:
    """Whether the proof leads from the leaf to the root; RFC 9162, section 2.1.3.2.

    leaf: its hash, 32 bytes.
    index, size: where it is said to be, and in how large a tree.

    >>> left, right = leaf_hash(b"a"), leaf_hash(b"b")
    >>> verify_inclusion(right, [left], index=1, size=2, root=node_hash(left, right))
    True
    """
    return verify_subtree_inclusion(leaf, proof, index=index, subtree=Subtree(0, size), root=root)


def verify_consistency(
    proof: Sequence[bytes], *, old_size: int, old_root: bytes, size: int, root: bytes
) -> bool:
    """Whether the proof shows the older tree to be the newer one's beginning.

    An older tree without leaves is refused: it would show nothing. Source: RFC 9162, 2.1.4.2.

    >>> left, right = leaf_hash(b"a"), leaf_hash(b"b")
    >>> root = node_hash(left, right)
    >>> verify_consistency([right], old_size=1, old_root=left, size=2, root=root)
    True
    """
    if old_size < 1:
        return False
    return verify_subtree_consistency(
        Subtree(0, old_size), proof, subtree_root=old_root, size=size, root=root
    )


def verify_subtree_inclusion(
    leaf: bytes, proof: Sequence[bytes], *, index: int, subtree: Subtree, root: bytes
) -> bool:
    """Whether the proof leads from the leaf to the subtree's root; the draft's section 4.3.3.

    index: the leaf's number in the whole tree, not in the subtree.

    >>> left, right = leaf_hash(b"a"), leaf_hash(b"b")
    >>> root = node_hash(left, right)
    >>> verify_subtree_inclusion(right, [left], index=5, subtree=Subtree(4, 6), root=root)
    True
    """
    if not (subtree.is_valid and subtree.start <= index < subtree.end and len(leaf) == HASH_BYTES):
        return False
    place = index - subtree.start
    size = subtree.end - subtree.start
    return _leads(Subtree(place, place + 1), proof, inner=leaf, size=size, root=root)


def verify_subtree_consistency(
    subtree: Subtree, proof: Sequence[bytes], *, subtree_root: bytes, size: int, root: bytes
) -> bool:
    """Whether the proof leads from the subtree's root to the tree's; the draft's section 4.4.3.

    An empty subtree is consistent with every tree it fits into: the root is then not looked at.

    >>> left, right = leaf_hash(b"a"), leaf_hash(b"b")
    >>> root = node_hash(left, right)
    >>> verify_subtree_consistency(Subtree(1, 2), [left], subtree_root=right, size=2, root=root)
    True
    """
    if not (subtree.is_valid and subtree.end <= size):
        return False
    if subtree.start == subtree.end:
        return not proof and subtree_root == EMPTY_ROOT
    return _leads(subtree, proof, inner=subtree_root, size=size, root=root)


def _leads(
    subtree: Subtree, proof: Sequence[bytes], *, inner: bytes, size: int, root: bytes
) -> bool:
    """Whether ``proof`` leads from ``inner``, the root of a valid subtree, to ``root``.

    Both hashes are rebuilt on the way up from the same parts, so that what is under the one is
    under the other. A hash of another length could be cut elsewhere than it was joined: refused.
    """
    hashes = [*proof]
    if proof and any(len(found) != HASH_BYTES for found in (inner, *hashes)):
        return False
    first, last, edge = subtree.start, subtree.end - 1, size - 1
    while first != last and (last == edge or last & 1):
        first, last, edge = first >> 1, last >> 1, edge >> 1
    if first != last and not hashes:
        return False
    below = above = inner if first == last else hashes.pop(0)
    for sibling in hashes:
        if edge == 0:
            return False
        if last & 1 or last == edge:
            below = node_hash(sibling, below) if first < last else below
            above = node_hash(sibling, above)
            while not last & 1:
                first, last, edge = first >> 1, last >> 1, edge >> 1
        else:
            above = node_hash(above, sibling)
        first, last, edge = first >> 1, last >> 1, edge >> 1
    return edge == 0 and below == inner and above == root


def _proof(inner: Subtree, outer: Subtree, *, source: Hashes) -> tuple[bytes, ...]:
    """SUBTREE_PROOF of the draft's section 4.4.1, from ``inner`` up to the root of ``outer``."""
    start, end = inner.start, inner.end
    low, high = outer.start, outer.end
    siblings: list[Subtree] = []
    while (low, high) != (start, end):
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        if end <= middle:
            siblings.append(Subtree(middle, high))
            high = middle
        else:
            siblings.append(Subtree(low, middle))
            low, start = middle, max(start, middle)
    if start != inner.start:
        siblings.append(Subtree(start, end))
    return tuple(_root(sibling, source) for sibling in reversed(siblings))


def _root(subtree: Subtree, source: Hashes) -> bytes:
    """The root of a valid subtree that is not empty."""
    parts = _complete_parts(subtree.start, subtree.end)
    return _fold([_complete_root(part, source) for part in parts])


def _complete_parts(start: int, end: int) -> list[Subtree]:
    """The complete subtrees a valid subtree falls into, the largest first."""
    parts: list[Subtree] = []
    while start < end:
        width = 1 << (end - start).bit_length() - 1
        parts.append(Subtree(start, start + width))
        start += width
    return parts


def _complete_root(subtree: Subtree, source: Hashes) -> bytes:
    """The root of a complete subtree, from its widest stored parts: never more than 128."""
    bits = (subtree.end - subtree.start).bit_length() - 1
    level = bits // TILE_BITS - 1
    shift = (level + 1) * TILE_BITS
    start, end = subtree.start >> shift, subtree.end >> shift
    hashes = source.leaves(start, end) if level < 0 else source.tiles(level, start, end=end)
    if len(hashes) != end - start:
        what = "leaf hashes" if level < 0 else f"tiles of level {level}"
        raise LogDamaged(
            f"the log holds {len(hashes)} of the {what} {start} to {end - 1}; no proof can be made "
            "over the gap. Restore a backup."
        )
    while len(hashes) > 1:
        pairs = zip(hashes[::2], hashes[1::2], strict=True)
        hashes = [node_hash(left, right) for left, right in pairs]
    return hashes[0]


def _fold(roots: Sequence[bytes]) -> bytes:
    """The root over complete subtrees, given the largest first."""
    if not roots:
        return EMPTY_ROOT
    joined = roots[-1]
    for root in roots[-2::-1]:
        joined = node_hash(root, joined)
    return joined


def _check_leaf(leaf: bytes) -> None:
    if len(leaf) != HASH_BYTES:
        raise ValueError(
            f"the leaf hash has {len(leaf)} bytes; it must have {HASH_BYTES}. Hash the data with "
            "leaf_hash first."
        )
