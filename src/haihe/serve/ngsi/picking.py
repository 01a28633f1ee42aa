"""``pick`` and ``omit``: which members of an entity are shown, and of the entities it links to.

Source: ETSI GS CIM 009, 4.21.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Optional

from haihe.serve.ngsi.contexts import Context
from haihe.serve.ngsi.refusal import bad_data

NAMES_MAX: Final = 1_000  # Ours: names in one list.
DEPTH_MAX: Final = 10  # Ours: braces in one another; linked entities go no deeper.
CORE_MEMBERS: Final = frozenset({"id", "type", "scope", "createdAt", "modifiedAt"})
_PART: Final = re.compile(r"[{},]|[^{},]+")
_NAME: Final = re.compile(r"[^\W\d][^\s;|(){}<>\"]*")


@dataclass(frozen=True, slots=True)
class Picks:
    """Names of members; each with what is said of the entity it links to, or None."""

    names: Mapping[str, Optional["Picks"]]

    def __contains__(self, name: str) -> bool:
        """Whether the member is named."""
        return name in self.names

    def below(self, name: str) -> Optional["Picks"]:
        """What is said of the entity that a member links to."""
        return self.names.get(name)


def picks_of(text: str, context: Context) -> Picks:
    """The members that a text names.

    text: names with commas between them; a Relationship's may be followed by braces with names.
    Raises Refusal if it cannot be read.

    >>> sorted(picks_of("id,scope", Context({}, [], names_core=True)).names)
    ['id', 'scope']
    """
    parts = _PART.findall(text)
    if len(parts) > 2 * NAMES_MAX:
        raise bad_data(f"more than {NAMES_MAX} members are named.")
    picks = _read(parts, context, depth=0)
    if parts:
        raise _unreadable(text)
    return picks


def attributes_named(text: str, context: Context) -> frozenset[str]:
    """The IRIs of a list of attributes.

    Raises Refusal if it cannot be read, or names what is no attribute.
    """
    picks = picks_of(text, context)
    if any(name in CORE_MEMBERS or below is not None for name, below in picks.names.items()):
        raise bad_data(f"'{text[:100]}' must name attributes; id, type and scope are none.")
    return frozenset(picks.names)


def _read(parts: list[str], context: Context, *, depth: int) -> Picks:
    names: dict[str, Picks | None] = {}
    if depth > DEPTH_MAX:
        raise bad_data(f"braces are nested more than {DEPTH_MAX} deep.")
    while True:
        name = parts.pop(0).strip() if parts else ""
        if not _NAME.fullmatch(name):
            raise _unreadable(name)
        iri = name if name in CORE_MEMBERS else context.expand(name)
        names[iri] = None
        if parts and parts[0] == "{":
            parts.pop(0)
            names[iri] = _read(parts, context, depth=depth + 1)
            if not parts or parts.pop(0) != "}":
                raise _unreadable(name)
        if not parts or parts[0] != ",":
            return Picks(names)
        parts.pop(0)


def _unreadable(text: str) -> Exception:
    return bad_data(
        f"'{text[:100]}' cannot be read: expected names with single commas between them, a "
        "Relationship's perhaps followed by names in braces."
    )
