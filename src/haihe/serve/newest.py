"""The newest state of many at once: columns copied between two rounds, made into records after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat

import numpy as np

from haihe.model.arrays import FloatArray, IntArray, TextArray
from haihe.model.datum import Datum, from_wgs84
from haihe.run.engine import Engine


@dataclass(frozen=True, slots=True)
class Newest:
    """Newest states in columns, one row each.

    stream: whose; total: how many there are, of which these are a part.
    entities: of each row.
    offset, observed_at, received_at: int64 (row,); the latter two ns.
    numbers, texts: by field; NaN and None where it was never told.
    """

    stream: str
    total: int
    entities: tuple[str, ...]
    offset: IntArray
    observed_at: IntArray
    received_at: IntArray
    numbers: Mapping[str, FloatArray]
    texts: Mapping[str, TextArray]

    def placed(self, datum: Datum) -> "Newest":
        """The same with places told in a datum."""
        if datum is Datum.WGS84 or not {"lon", "lat"} <= self.numbers.keys():
            return self
        lon, lat = from_wgs84(self.numbers["lon"], self.numbers["lat"], datum=datum)
        return replace(self, numbers={**self.numbers, "lon": lon, "lat": lat})

    def records(self) -> tuple[dict[str, object], ...]:
        """Each row flat, as it was sent; what was never told is left out."""
        heads = zip(
            self.offset.tolist(),
            self.entities,
            _texts_of(self.observed_at),
            _texts_of(self.received_at),
            strict=True,
        )
        found: list[dict[str, object]] = [
            {"offset": offset, "entity": entity, "observed_at": seen, "received_at": came}
            for offset, entity, seen, came in heads
        ]
        for name, column in self.numbers.items():
            for record, number in zip(found, column.tolist(), strict=True):
                if number == number:  # NaN was never told.
                    record[name] = number
        for name, texts in self.texts.items():
            for record, text in zip(found, texts.tolist(), strict=True):
                if text is not None:
                    record[name] = text
        return tuple(found)


def newest(
    engine: Engine, stream: str, *, slots: Sequence[int], skip: int = 0, limit: int
) -> Newest:
    """The newest states of those among the slots that ever spoke.

    skip, limit: which part of them.
    """
    live = engine.live[stream]
    wanted = np.asarray(slots, dtype=np.intp)
    wanted = wanted[wanted < live.count]
    spoke = wanted[live.offset[wanted] >= 0]
    part = spoke[skip : skip + limit]
    return Newest(
        stream=stream,
        total=len(spoke),
        entities=tuple(map(live.ids.__getitem__, part.tolist())),
        offset=live.offset[part],
        observed_at=live.observed_at[part],
        received_at=live.received_at[part],
        numbers={name: column[part] for name, column in live.numbers.items()},
        texts={name: column[part] for name, column in live.texts.items()},
    )


def _texts_of(instants: IntArray) -> Sequence[str]:
    """ISO 8601 texts as ``format_instant`` writes them, all at once."""
    if not len(instants):
        return ()
    if (instants == instants[0]).all():
        return tuple(
            repeat(_text(str(np.datetime_as_string(instants.view("M8[ns]")[0]))), len(instants))
        )
    return [_text(text) for text in np.datetime_as_string(instants.view("M8[ns]")).tolist()]


def _text(nanoseconds: str) -> str:
    """With as many digits of a second as it needs."""
    return nanoseconds.rstrip("0").rstrip(".") + "Z"
