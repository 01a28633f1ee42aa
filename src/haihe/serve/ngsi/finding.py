"""Entities that fulfil a query: kept documents, and what declared streams have measured."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import msgspec
import numpy as np

from haihe.model.arrays import IntArray, TextArray
from haihe.model.record import Observation
from haihe.model.stream import Stream
from haihe.model.time import NEVER
from haihe.run.engine import Engine
from haihe.serve.access import Caller
from haihe.serve.ngsi.expanding import Document
from haihe.serve.ngsi.kept import DOCUMENT, LOCATION, TOMBSTONE, Kept, decode_document
from haihe.serve.ngsi.matching import regex_test
from haihe.serve.ngsi.measured import Measured, document_of, id_of
from haihe.serve.ngsi.ordering import ordered
from haihe.serve.ngsi.refusal import Kind, Refusal
from haihe.serve.ngsi.selecting import Query, Selector
from haihe.serve.ngsi.vocabulary import DEFAULT
from haihe.serve.sight import Sight, sight_of
from haihe.state.live import LiveStream

LOOKED_AT_MAX: Final = 500_000  # Ours: documents one query may read; some seconds of one core.
FEW: Final = 500  # Ours: reading more keeps everybody else waiting for milliseconds.


class _Head(msgspec.Struct, gc=False):
    """What of a document most queries need; the rest is passed over."""

    type: list[str]


_heads: Final = msgspec.json.Decoder(_Head)


class _Shelf:
    """The types of one stream's documents by slot, kept from query to query."""

    def __init__(self) -> None:
        self._offsets: IntArray = np.empty(0, dtype=np.int64)
        self._codes: IntArray = np.empty(0, dtype=np.int64)
        self._kinds: list[frozenset[str]] = []
        self._places: dict[frozenset[str], int] = {}

    def look(self, texts: TextArray, offsets: IntArray) -> tuple[IntArray, list[frozenset[str]]]:
        """Each slot's place among the sets of types (-1: no entity), and those sets."""
        codes = np.full(len(offsets), -1, dtype=np.int64)
        have = min(len(self._offsets), len(offsets))
        codes[:have] = self._codes[:have]
        changed = np.ones(len(offsets), dtype=bool)
        changed[:have] = offsets[:have] != self._offsets[:have]
        for slot in np.flatnonzero(changed).tolist():
            codes[slot] = self._code(texts[slot])
        self._offsets, self._codes = offsets, codes
        return codes, self._kinds

    def _code(self, text: object) -> int:
        if not isinstance(text, str) or text.startswith(TOMBSTONE):
            return -1
        try:
            kinds = frozenset(_heads.decode(text).type)
        except (ValueError, RecursionError):
            return -1
        if kinds not in self._places:
            self._places[kinds] = len(self._kinds)
            self._kinds.append(kinds)
        return self._places[kinds]


@dataclass(frozen=True, slots=True)
class _Seen:
    """One stream as it was between two of the writer's rounds.

    read: the document of a slot.
    """

    stream: str
    ids: Sequence[str]
    slots: Sequence[int]
    kinds: Callable[[int], frozenset[str]]
    read: Callable[[int], Document | None]


@dataclass(frozen=True, slots=True)
class Page:
    """What a query found.

    total: how many fulfil it, as far as they were counted.
    documents: those of the page.
    """

    total: int
    documents: tuple[Document, ...]


class Finder:
    """The way from a query to documents."""

    def __init__(self, kept: Kept, measured: Measured) -> None:
        """Find among these."""
        self._kept = kept
        self._measured = measured
        self._shelves: dict[str, _Shelf] = {}

    async def find(
        self, query: Query, caller: Caller, *, part: slice, counts: bool = False
    ) -> Page:
        """A page of the entities that fulfil a query and that the caller may see.

        part: which of them are on the page.
        counts: whether ``total`` must be exact; else it may stop at one more than the page.
        Raises Refusal if too much would have to be read.
        """
        seen = await self._look(query, caller)
        own = sight_of(self._kept.platform.node, caller)
        enough = NEVER if counts or query.orders else part.stop
        work = partial(_search, seen, query, own=own, part=part, enough=enough)
        if sum(len(one.slots) for one in seen) <= FEW:
            return work()
        return await asyncio.to_thread(work)

    async def _look(self, query: Query, caller: Caller) -> list[_Seen]:
        """The streams in which entities of the query can be."""
        kept = [name for name in self._kept.streams() if caller.sees(name)]
        named = _named(query)
        measured = [
            stream
            for stream in self._measured.streams()
            if caller.sees(stream.name) and (named is None or DEFAULT + stream.name in named)
        ]

        def look(engine: Engine) -> list[_Seen]:
            found = [self._documents(engine, name) for name in kept]
            return found + [self._records(engine, stream, query=query) for stream in measured]

        platform = self._kept.platform
        return await platform.answers.of(platform.node.ask(look))

    def _documents(self, engine: Engine, name: str) -> _Seen:
        live = engine.live[name]
        texts = live.texts[DOCUMENT][: live.count].copy()
        shelf = self._shelves.setdefault(name, _Shelf())
        codes, kinds = shelf.look(texts, live.offset[: live.count].copy())
        slots = np.flatnonzero(codes >= 0).tolist()
        return _Seen(
            name, live.ids, slots, lambda slot: kinds[codes[slot]],
            lambda slot: decode_document(texts[slot]),
        )  # fmt: skip

    def _records(self, engine: Engine, stream: Stream, *, query: Query) -> _Seen:
        """What a stream measured, as it is now; near a place where the query names one."""
        live = engine.live[stream.name]
        box = query.where.box if query.where is not None else None
        if box is not None and stream.is_placed and query.where is not None:
            is_place = query.where.attribute == LOCATION
            slots = live.in_box(box).tolist() if is_place else []
        else:
            slots = list(range(live.count))
        ids = _ids(query)
        if ids is not None:
            wanted = {self._measured.slot(stream.name, entity) for entity in ids}
            slots = [slot for slot in slots if slot in wanted]
        spoke = [slot for slot in slots if live.offset[slot] >= 0]
        kinds = frozenset({DEFAULT + stream.name})
        return _Seen(stream.name, live.ids, spoke, lambda _: kinds, _Still(live, spoke).document)


class _Still:
    """Some entities of a stream as they were at one moment; their documents are made when read."""

    def __init__(self, live: LiveStream, slots: Sequence[int]) -> None:
        at = np.array(slots, dtype=np.int64)
        self._stream, self._ids = live.stream, live.ids
        self._row = {slot: row for row, slot in enumerate(slots)}
        self._observed_at, self._received_at = live.observed_at[at], live.received_at[at]
        self._numbers = {name: column[at] for name, column in live.numbers.items()}
        self._texts = {name: column[at] for name, column in live.texts.items()}

    def document(self, slot: int) -> Document:
        """The document of one of them."""
        row = self._row[slot]
        seen = Observation(
            stream=self._stream.name,
            entity=self._ids[slot],
            observed_at=int(self._observed_at[row]),
            numbers={name: float(column[row]) for name, column in self._numbers.items()},
            texts={name: column[row] for name, column in self._texts.items()},
        )
        return document_of(seen, self._stream, at=int(self._received_at[row]))


def _search(
    seen: Sequence[_Seen], query: Query, *, own: Sight | None, part: slice, enough: int
) -> Page:
    """Look at candidates until more than enough are found; read none that the ids rule out."""
    is_plain = not (query.attrs or query.tests or query.orders) and query.where is None
    total, looked_at = 0, 0
    documents: list[Document] = []
    for one in seen:
        for slot in _chosen(one, query.selectors, own=own):
            if total > enough:
                break
            is_wanted = bool(query.orders) or part.start <= total < part.stop
            if is_plain and not is_wanted:
                total += 1
                continue
            looked_at += 1
            if looked_at > LOOKED_AT_MAX:
                raise Refusal(
                    Kind.TOO_COMPLEX,
                    f"the query would read more than {LOOKED_AT_MAX} entities; name a type.",
                )
            document = one.read(slot)
            if document is None or not query.fulfilled(document):
                continue
            if is_wanted:
                documents.append(document)
            total += 1
    if query.orders:
        documents = ordered(documents, query.orders)[part]
    return Page(total, tuple(documents))


def _chosen(seen: _Seen, selectors: Sequence[Selector], *, own: Sight | None) -> Sequence[int]:
    """Slots of a stream that one of the selectors means."""
    slots = seen.slots if own is None else [s for s in seen.slots if seen.ids[s] in own]
    if not selectors:
        return slots
    chosen: set[int] = set()
    for selector in selectors:
        left = list(slots)
        if selector.ids is not None:
            left = [s for s in left if id_of(seen.ids[s], seen.stream) in selector.ids]
        if selector.types is not None:
            left = [s for s in left if selector.types(seen.kinds(s))]
        if selector.id_pattern and left:
            matches = regex_test(selector.id_pattern)
            hits = matches([id_of(seen.ids[s], seen.stream) for s in left])
            left = [s for s, hit in zip(left, hits, strict=True) if hit]
        chosen.update(left)
    return sorted(chosen)


def _named(query: Query) -> frozenset[str] | None:
    """The types that a query names; None if it takes any."""
    if not query.selectors or any(one.named is None for one in query.selectors):
        return None
    return frozenset().union(*(one.named for one in query.selectors if one.named is not None))


def _ids(query: Query) -> frozenset[str] | None:
    """The ids that a query names; None if it takes any."""
    if not query.selectors or any(one.ids is None for one in query.selectors):
        return None
    return frozenset().union(*(one.ids for one in query.selectors if one.ids is not None))
