"""Zip files with XML in them, from strangers: bounded, and without entities."""

import io
import zipfile
import zlib
from types import TracebackType
from typing import Final
from xml.etree import ElementTree

from haihe.errors import RecordRefused

ENTRIES_MAX: Final = 20_000  # Ours: an OFD has two entries a page.
ENTRY_BYTES_MAX: Final = 64_000_000  # Ours: 10,000 pages of words in one XML are 40 MB.
UNPACKED_BYTES_MAX: Final = 256_000_000  # Ours: of all entries that are read together.


class _NoEntities(ElementTree.TreeBuilder):
    """Builds a tree, and refuses any document type: entities are declared nowhere else."""

    def doctype(self, *told: str | None) -> None:
        """Refuse: ``told`` is its name and where it is defined."""
        raise RecordRefused(
            f"it declares a document type ({told[0]}), which no office program writes; "
            "entities are not read. Save the document again from an office program."
        )


class Archive:
    """The entries of a zip file, read one by one within limits."""

    def __init__(self, name: str, content: bytes) -> None:
        """Look at its table.

        Raises RecordRefused if it is damaged or has too many entries.
        """
        self.name = name
        self._left = UNPACKED_BYTES_MAX
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, OSError) as error:
            raise RecordRefused(f"{name} is damaged ({error}); fetch it again.") from error
        self.entries = {
            one.filename.replace("\\", "/").lstrip("/"): one for one in self._zip.infolist()
        }
        if len(self._zip.infolist()) > ENTRIES_MAX:
            raise RecordRefused(
                f"{name} has {len(self._zip.infolist()):,} entries; at most {ENTRIES_MAX:,} "
                "are read."
            )

    def __enter__(self) -> "Archive":
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self._zip.close()

    def xml(self, entry: str) -> ElementTree.Element:
        """The tree of an entry.

        Raises RecordRefused if it is not there, too large, damaged, encrypted or has entities.
        """
        content = self._bytes(entry)
        parser = ElementTree.XMLParser(target=_NoEntities())
        try:
            parser.feed(content)
            tree = parser.close()
        except ElementTree.ParseError as error:
            raise RecordRefused(f"{self.name}, {entry}: no XML ({error}).") from error
        except RecordRefused as error:
            raise RecordRefused(f"{self.name}, {entry}: {error}") from error
        assert isinstance(tree, ElementTree.Element)
        return tree

    def _bytes(self, entry: str) -> bytes:
        found = self.entries.get(entry)
        if found is None:
            raise RecordRefused(f"{self.name} has no {entry}; it is damaged or another format.")
        limit = min(ENTRY_BYTES_MAX, self._left)
        try:
            with self._zip.open(found) as file:
                content = file.read(limit + 1)  # What the header says of its size is not trusted.
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise RecordRefused(
                f"{self.name}, {entry}: damaged ({error}); fetch it anew."
            ) from error
        except RuntimeError as error:  # What zipfile raises for a password.
            raise RecordRefused(f"{self.name} is encrypted ({error}); save it without.") from error
        if len(content) > limit:
            raise RecordRefused(
                f"{self.name}, {entry}: unpacks to more than {limit:,} bytes; cut the document "
                "into parts, or it is a zip bomb."
            )
        self._left -= len(content)
        return content
