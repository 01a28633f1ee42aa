"""The tree's hashes as the log's file keeps them."""

import sqlite3


class StoredHashes:
    """The tree's hashes as the file keeps them: what proofs are made from."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """Read through a connection."""
        self._db = db

    def leaves(self, start: int, end: int) -> list[bytes]:
        """Leaf hashes [start, end)."""
        found = self._db.execute(
            "SELECT leaf FROM entry WHERE seq >= ? AND seq < ? ORDER BY seq", (start, end)
        )
        return [leaf for (leaf,) in found]

    def tiles(self, level: int, start: int, *, end: int) -> list[bytes]:
        """Roots of the complete tiles [start, end) of a level."""
        found = self._db.execute(
            "SELECT hash FROM tile WHERE level = ? AND place >= ? AND place < ? ORDER BY place",
            (level, start, end),
        )
        return [root for (root,) in found]
