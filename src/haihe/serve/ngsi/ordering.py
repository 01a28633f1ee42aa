"""``orderBy``: the order in which a query's entities are shown.

Source: ETSI GS CIM 009 V1.9.1, 4.23.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from haihe.serve.ngsi.contexts import Context, Json
from haihe.serve.ngsi.expanding import Document
from haihe.serve.ngsi.matching import found_in, member_name
from haihe.serve.ngsi.picking import CORE_MEMBERS
from haihe.serve.ngsi.query import Path
from haihe.serve.ngsi.refusal import bad_data

KEYS_MAX: Final = 16  # Ours: members that an order looks at.
_MISSING: Final = 3  # Where what has no value stands, whatever the direction: last.
Key: TypeAlias = tuple[int, float | str]


@dataclass(frozen=True, slots=True)
class Order:
    """One member to order by."""

    path: Path
    is_falling: bool = False

    def key(self, document: Document) -> Key:
        """The member's value, so that it compares with any other."""
        first, *below = self.path.names
        if first in CORE_MEMBERS and not below:
            return _key(document.get(first))
        return _key(next((value for value, _ in found_in(document, self.path)), None))


def orders_of(text: str, context: Context) -> tuple[Order, ...]:
    """The members to order by, the most important first.

    text: paths with commas between them, each perhaps with ``;asc`` or ``;desc``.
    Raises Refusal if it cannot be read.
    """
    orders = []
    for part in text.split(","):
        name, _, way = part.strip().partition(";")
        names = tuple(name.split("."))
        if not all(names) or way not in ("", "asc", "desc"):
            raise bad_data(
                f"orderBy has '{part[:50]}'; expected a name, perhaps with ;asc or ;desc."
            )
        first = names[0] if names[0] in CORE_MEMBERS else member_name(names[0], context)
        path = Path((first, *(member_name(one, context) for one in names[1:])))
        orders.append(Order(path, is_falling=way == "desc"))
    if len(orders) > KEYS_MAX:
        raise bad_data(f"orderBy names {len(orders)} members; at most {KEYS_MAX} are taken.")
    return tuple(orders)


def ordered(documents: list[Document], orders: Sequence[Order]) -> list[Document]:
    """The documents in order; those without a value last."""
    for order in reversed(orders):
        keys = [(order.key(document), document) for document in documents]
        known = [pair for pair in keys if pair[0][0] != _MISSING]
        known.sort(key=lambda pair: pair[0], reverse=order.is_falling)
        documents = [document for _, document in known]
        documents += [document for key, document in keys if key[0] == _MISSING]
    return documents


def _key(value: Json) -> Key:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, int | float):
        return 0, float(value)
    return (1, value) if isinstance(value, str) else (_MISSING, 0.0)
