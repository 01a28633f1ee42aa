"""A list whose every line can be proven to be on it without showing the others.

The lines are the leaves of a tree of their own, hashed as RFC 9162 has it; its root is signed as a
checkpoint and stands in the log. Each line carries a salt, so that its neighbour's hash in a proof
tells nothing of the neighbour.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from haihe.log.merkle import EMPTY_ROOT, leaf_hash, node_hash

SALT_BYTES = 32  # As long as the hash it hides.


@dataclass(frozen=True, slots=True)
class Listing:
    """The hashes of a list, level by level from the leaves up.

    levels: the last has the root alone; () for an empty list.
    """

    levels: tuple[tuple[bytes, ...], ...]

    @property
    def size(self) -> int:
        """How many lines it has."""
        return len(self.levels[0]) if self.levels else 0

    @property
    def root(self) -> bytes:
        """The root over all lines; 32 bytes.

        >>> listing([b"a"]).root == leaf_hash(b"a"), listing([]).root == EMPTY_ROOT
        (True, True)
        """
        return self.levels[-1][0] if self.levels else EMPTY_ROOT

    def proof(self, index: int) -> tuple[bytes, ...]:
        """Hashes that lead from a line to the root; PATH of RFC 9162, section 2.1.3.1.

        index: the line's number, from 0.
        Raises ValueError if there is no such line.

        >>> listing([b"a", b"b"]).proof(0) == (leaf_hash(b"b"),)
        True
        """
        if not 0 <= index < self.size:
            raise ValueError(f"there is no line {index}; the list has {self.size}.")
        found = []
        for level in self.levels[:-1]:
            sibling = index ^ 1
            if sibling < len(level):
                found.append(level[sibling])
            index >>= 1
        return tuple(found)


def listing(lines: Sequence[bytes]) -> Listing:
    """The hashes of a list of lines."""
    if not lines:
        return Listing(())
    level = tuple(map(leaf_hash, lines))
    levels = [level]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        joined = [node_hash(left, right) for left, right in pairs]
        level = (*joined, level[-1]) if len(level) & 1 else tuple(joined)  # The odd one rises.
        levels.append(level)
    return Listing(tuple(levels))


def salt_of(secret: bytes, name: str) -> str:
    """A line's own salt, from the list's secret; hex.

    secret: 32 bytes of chance, kept with the list.
    name: of the line, unique in the list.
    """
    return hashlib.sha256(secret + name.encode()).hexdigest()
