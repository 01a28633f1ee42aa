"""What fields came to by the hour: hours that are over are kept, a look reads the last ones.

Without this each look at the vital signs would read the whole unsealed tail of every stream again.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np

from haihe.model.arrays import FloatArray, IntArray
from haihe.model.time import DAY, HOUR
from haihe.state.history import History
from haihe.state.history_query import Span

OPEN: Final = (
    3 * HOUR
)  # Ours: what is younger is read at every look; most late records are by then.
AGAIN: Final = DAY  # Ours: after it all is read anew; then records that came later still count.
KEPT_MOST: Final = 256  # Ours: a figure each, of some hours of four weeks: 3 MB.

Key: TypeAlias = tuple[str, str, int, int]


@dataclass(frozen=True, slots=True)
class OfField:
    """A number field of some entities of a stream.

    entities: those that were heard of first: more may come, none goes.
    """

    stream: str
    field: str
    entities: Sequence[str]


@dataclass(frozen=True, slots=True)
class Means:
    """Mean by hour; (hour,) each: int64 ns, the hour's begin, rising; float64."""

    at: IntArray
    mean: FloatArray

    def since(self, at: int) -> "Means":
        """Those from an instant on; ns."""
        keep = self.at >= at
        return Means(self.at[keep], self.mean[keep])

    def then(self, other: "Means") -> "Means":
        """These and later ones."""
        return Means(np.concatenate([self.at, other.at]), np.concatenate([self.mean, other.mean]))


@dataclass(frozen=True, slots=True)
class _Kept:
    """Some hours.

    span: theirs.
    whole_at: where it ended when it was last read as a whole; ns.
    """

    means: Means
    span: Span
    whole_at: int

    def fits(self, wanted: Span) -> bool:
        """Whether these hours, and later ones, make up the wanted ones."""
        is_young = self.whole_at <= wanted.to_at < self.whole_at + AGAIN
        return self.span.from_at <= wanted.from_at and is_young


@dataclass
class Hours:
    """What was read; any thread may look."""

    _kept: dict[Key, _Kept] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self, history: History, of: OfField, *, span: Span) -> Means:
        """The means of the hours of a span.

        span: from the begin of an hour until now.
        """
        over = Span(span.from_at, max((span.to_at - OPEN) // HOUR * HOUR, span.from_at))
        key = (of.stream, of.field, len(of.entities), hash(tuple(of.entities)))
        with self._lock:
            kept = self._kept.get(key)
        if kept is None or not kept.fits(over):
            kept = _Kept(_read(history, of, span=over), over, over.to_at)
        elif kept.span.to_at < over.to_at:
            more = _read(history, of, span=Span(kept.span.to_at, over.to_at))
            kept = _Kept(kept.means.since(over.from_at).then(more), over, kept.whole_at)
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = kept
            if len(self._kept) > KEPT_MOST:
                del self._kept[next(iter(self._kept))]  # The one that was longest not asked for.
        open_hours = _read(history, of, span=Span(kept.span.to_at, span.to_at))
        return kept.means.since(span.from_at).then(open_hours)


def _read(history: History, of: OfField, *, span: Span) -> Means:
    table = history.series(of.stream, of.entities, field=of.field, span=span, every=HOUR)
    return Means(table.column("at").to_numpy().astype(np.int64), table.column("mean").to_numpy())
