"""Kinds of values in requests, with the bounds that also stand in the OpenAPI document."""

from typing import Annotated, Final, TypeAlias

import msgspec
from msgspec import Meta

from haihe.model.entity import ID_MAX
from haihe.model.stream import NAME_MAX

REASON_MAX: Final = 2_000  # Ours: a reason is some sentences.
PERSON_MAX: Final = 80  # Ours: a name on one line.
PAGE_MAX: Final = 1_000  # Ours: what one answer may list; more comes page by page.
SKIP_MAX: Final = 10_000_000  # Ours: nobody leafs through more, page by page.
RECORDS_MAX: Final = 1_000_000  # Ours: what one read-back may stream.
OFFSET_MAX: Final = 2**63 - 1  # int64.
NUMBER_MAX: Final = 1e18  # Ours: no quantity of a city is larger in its unit.

Name: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=NAME_MAX, pattern=r"^[a-z][a-z0-9_]*(\.[A-Za-z0-9_-]+)*$")
]
PackName: TypeAlias = Annotated[str, Meta(min_length=1, max_length=40, pattern="^[a-z][a-z0-9_]*$")]
RuleName: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=NAME_MAX, pattern=r"^[a-z][a-z0-9_]*\.[A-Za-z0-9_.-]+$")
]
CaseId: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=60, pattern="^[a-z][a-z0-9_]*-[0-9]+$")
]
ORDER_PATTERN: Final = r"^[a-z][a-z0-9_]*(-[0-9]+|\.[a-z][a-z0-9_-]*)/[0-9]+$"
OrderId: TypeAlias = Annotated[str, Meta(min_length=1, max_length=80, pattern=ORDER_PATTERN)]
DocumentId: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=60, pattern="^[a-z][a-z0-9_]*-[0-9]+$")
]
EntityId: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=ID_MAX, pattern=r"^[^\s\x00-\x1f\x7f]+$")
]
Offset: TypeAlias = Annotated[int, Meta(ge=0, le=OFFSET_MAX)]
Skip: TypeAlias = Annotated[int, Meta(ge=0, le=SKIP_MAX)]
Limit: TypeAlias = Annotated[int, Meta(ge=1, le=PAGE_MAX)]
Longitude: TypeAlias = Annotated[float, Meta(ge=-180, le=180)]
Latitude: TypeAlias = Annotated[float, Meta(ge=-90, le=90)]
Person: TypeAlias = Annotated[str, Meta(max_length=PERSON_MAX, pattern=r"^[^\x00-\x1f\x7f]*$")]
Reason: TypeAlias = Annotated[str, Meta(max_length=REASON_MAX)]
Text: TypeAlias = Annotated[str, Meta(min_length=1, max_length=ID_MAX)]
Sha256: TypeAlias = Annotated[str, Meta(min_length=64, max_length=64, pattern="^[0-9a-f]{64}$")]
When: TypeAlias = Annotated[str, Meta(max_length=40)]  # ISO 8601 with an offset.

SchemeName: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=80, pattern="^[A-Za-z0-9][A-Za-z0-9_.-]*$")
]
Year: TypeAlias = Annotated[str, Meta(min_length=4, max_length=4, pattern="^20[0-9]{2}$")]
Number: TypeAlias = Annotated[float, Meta(ge=-NUMBER_MAX, le=NUMBER_MAX)]
Whole: TypeAlias = Annotated[int, Meta(ge=-OFFSET_MAX, le=OFFSET_MAX)]

# What stands in braces in a route's path.
PATH_KINDS: Final[dict[str, object]] = {
    "name": Name,
    "stream": Name,
    "case": CaseId,
    "order": OrderId,
    "entity": EntityId,
    "rule": RuleName,
    "offset": Offset,
    "pack": PackName,
    "sink": Annotated[int, Meta(ge=0, le=999)],
    "account": Text,
    "application": EntityId,
    "book": SchemeName,
    "enterprise": Text,
    "payment": SchemeName,
    "scheme": SchemeName,
    "year": Year,
    "session": Text,
    "token": Text,
    "sha256": Sha256,
    "document": DocumentId,
    "backtest": Annotated[int, Meta(ge=1, le=999_999)],
}


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request without parameters."""
