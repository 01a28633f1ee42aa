"""The house's own streams: what the platform reports of itself."""

from typing import Final

import numpy as np

from haihe.feed.door import RefusedRecord
from haihe.model.entity import ID_MAX
from haihe.model.record import Rows
from haihe.model.stream import Field, FieldKind, Stream

QUARANTINE: Final = Stream(
    "haihe.quarantine",
    fields=tuple(
        Field(name, kind=FieldKind.TEXT) for name in ("stream", "reason", "field", "message", "raw")
    ),
    source="Haihe: input that was not taken, with its reason; one record each",
)
ACCESS: Final = Stream(
    "haihe.access",
    fields=tuple(Field(name, kind=FieldKind.TEXT) for name in ("person", "route", "subject")),
    source="Haihe: who read an enterprise's data",
)
PEOPLE: Final = Stream(
    "haihe.people",
    fields=tuple(Field(name, kind=FieldKind.TEXT) for name in ("by", "what", "subject", "detail")),
    source="Haihe: who may come in: accounts, roles, tokens and sign-ins, and who changed them",
)
HOUSE_STREAMS: Final = (QUARANTINE, ACCESS, PEOPLE)


def quarantine_rows(refused: tuple[RefusedRecord, ...], *, now: int) -> Rows:
    """Refused records as records of the quarantine stream, seen at ``now``.

    refused: at least one.
    """
    entities = [(record.entity or "unknown")[:ID_MAX] for record in refused]
    ids = tuple(dict.fromkeys(entities))
    places = {entity: place for place, entity in enumerate(ids)}
    texts = {
        "stream": [record.stream for record in refused],
        "reason": [record.reason.value for record in refused],
        "field": [record.field for record in refused],
        "message": [record.message for record in refused],
        "raw": [record.raw for record in refused],
    }
    return Rows(
        stream=QUARANTINE.name,
        ids=ids,
        codes=np.array([places[entity] for entity in entities], dtype=np.int32),
        observed_at=np.full(len(refused), now, dtype=np.int64),
        numbers={},
        texts={name: np.array(column, dtype=object) for name, column in texts.items()},
    )
