"""城市体征: ten to twenty figures, each against what is normal for this hour."""

import asyncio
from collections import ChainMap, Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from haihe.model.arrays import FloatArray, IntArray
from haihe.model.stream import Field
from haihe.model.time import DAY, HOUR, MINUTE
from haihe.run.alarms import ALARMS_KEPT, CASES_KEPT, began_at
from haihe.run.rule import Rule
from haihe.run.usual import (
    DAYS_BACK,
    counted,
    spreads_away,
    standing_of,
    usual_at,
)
from haihe.serve.access import READERS, Caller
from haihe.serve.calling import Asked, Operation
from haihe.serve.hours import Means, OfField
from haihe.serve.kinds import Nothing
from haihe.serve.sight import Sight, sight_of
from haihe.serve.sign import Sign, VitalsShown
from haihe.state.history_query import Span
from haihe.state.live import LiveStream

SIGNS_MAX: Final = 14  # Of packs; with the platform's own two there are sixteen at most.
PER_STREAM: Final = 4  # Ours: so that one stream with many fields leaves room for others.
SAMPLE_MAX: Final = 500  # Ours: entities behind a figure; some 0.3 million hours in four weeks.
RECENT: Final = 24  # Hours of the small chart: a day.
SETTLED: Final = 10 * MINUTE  # Ours: an hour that began later is too young for a mean.
PLACE: Final = frozenset({"lon", "lat"})
COUNTS: Final = "1"  # The unit of counts and codes, whose mean says little.


@dataclass(frozen=True, slots=True)
class _Of:
    """What a figure is of."""

    pack: str
    stream: str
    field: str
    unit: str
    entities: int
    sampled: int


async def show_vitals(asked: Asked[Nothing, None]) -> VitalsShown:
    """The vital signs of what the caller sees."""
    caller = asked.caller
    key = (caller.packs, caller.areas, caller.owner)
    return await asked.platform.vitals.get(key, lambda: asyncio.to_thread(_work, asked))


def _work(asked: Asked[Nothing, None]) -> VitalsShown:
    platform, caller = asked.platform, asked.caller
    node, history = platform.node, platform.settings.services.history
    now, sight = node.log.received_at, sight_of(node, caller)
    signs = _own(asked, sight, now=now)
    if history is not None:
        rules = tuple(dict(node.engine.rules).values())
        titles = ChainMap(*(dict(pack.field_titles) for pack in node.engine.packs))
        for live, one in chosen_fields(node.engine.live.streams(), rules, caller=caller):
            ids = list(live.ids[: live.count])
            seen = ids if sight is None else [entity for entity in ids if entity in sight]
            if seen:
                of = OfField(live.stream.name, one.name, seen[:SAMPLE_MAX])
                since = (now - DAYS_BACK * DAY) // HOUR * HOUR - RECENT * HOUR
                means = platform.hours.look(history, of, span=Span(since, now + 1))
                sign = _of_field(of, means, unit=one.unit, entities=len(seen), now=now)
                title = titles.get(f"{sign.stream} {sign.field}")
                signs.append(msgspec.structs.replace(sign, title=title))
    return VitalsShown(tuple(signs))


def chosen_fields(
    streams: Sequence[LiveStream], rules: Sequence[Rule], *, caller: Caller
) -> list[tuple[LiveStream, Field]]:
    """The fields whose figures are shown: those most rules watch, packs taking turns.

    rules: those in force.
    """
    watched = Counter(
        (rule.playbook.stream.name, name)
        for rule in rules
        for name in {getattr(rule.playbook.detect, "field", "")}
        if name
    )
    by_pack: dict[str, list[tuple[int, LiveStream, Field]]] = {}
    for live in streams:
        stream = live.stream
        pack = stream.name.partition(".")[0]
        if pack == "haihe" or not live.count or not caller.sees(stream.name):
            continue
        told = [one for one in stream.numbers if one.name not in PLACE and one.unit != COUNTS]
        told.sort(key=lambda one: -watched[stream.name, one.name])
        for one in told[:PER_STREAM]:
            by_pack.setdefault(pack, []).append((watched[stream.name, one.name], live, one))
    for found in by_pack.values():
        found.sort(key=lambda each: -each[0])
    turns = (
        (place, pack) for place in range(SIGNS_MAX) for pack in sorted(by_pack)
        if place < len(by_pack[pack])
    )  # fmt: skip
    chosen = [by_pack[pack][place][1:] for place, pack in turns]
    return chosen[:SIGNS_MAX]


def _of_field(of: OfField, means: Means, *, unit: str, entities: int, now: int) -> Sign:
    """The figure of a field, of the entities that were heard of first.

    entities: how many there are in all.
    """
    pack = of.stream.partition(".")[0]
    about = _Of(pack, of.stream, of.field, unit, entities, len(of.entities))
    is_young = now % HOUR < SETTLED
    hour_at = now // HOUR * HOUR - (HOUR if is_young else 0)
    return _sign(about, means.at, values=means.mean, hour_at=hour_at, now=now)


def _own(asked: Asked[Nothing, None], sight: Sight | None, *, now: int) -> list[Sign]:
    """How many alarms and cases there were in the last whole hour."""
    platform, caller = asked.platform, asked.caller

    def sees(rule: str, entity: str) -> bool:
        return caller.sees(rule) and (sight is None or entity in sight)

    book, is_all = platform.quality.look(sees)
    if not is_all:
        return []  # A long log is still being read; they come with the next looks.
    begun = max(began_at(platform.node.log), now - (DAYS_BACK + 2) * DAY)
    told = {
        "alarms": (ALARMS_KEPT, [one.raised_at for one in book.alarms]),
        "cases": (CASES_KEPT, [one.opened_at for one in book.cases]),
    }
    signs = []
    for name, (most, instants) in told.items():
        # A full book has forgotten what was before its first.
        from_at = max(begun, min(instants)) if len(instants) >= most else begun
        hours_at, counts = counted(np.array(instants, np.int64), from_at=from_at, to_at=now)
        of = _Of("", "haihe", name, COUNTS, len(instants), len(instants))
        signs.append(_sign(of, hours_at, values=counts, hour_at=(now // HOUR - 1) * HOUR, now=now))
    return signs


def _sign(of: _Of, hours_at: IntArray, *, values: FloatArray, hour_at: int, now: int) -> Sign:
    by_hour = dict(zip(hours_at.tolist(), values.tolist(), strict=True))
    value = by_hour.get(hour_at, np.nan)
    usual = usual_at(hours_at, values, hour_at=hour_at)
    away = spreads_away(value, usual)
    recent = [hour_at - back * HOUR for back in reversed(range(RECENT))]
    medians = [usual_at(hours_at, values, hour_at=at).median for at in recent]
    return Sign(
        pack=of.pack,
        stream=of.stream,
        field=of.field,
        unit=of.unit,
        value=_told(value),
        hour_at=hour_at,
        is_whole=hour_at + HOUR <= now,
        median=_told(usual.median),
        spread=_told(usual.spread),
        days=usual.days,
        standing=standing_of(away),
        spreads_away=_told(away),
        recent=tuple(_told(by_hour.get(at, np.nan)) for at in recent),
        usual=tuple(_told(median) for median in medians),
        entities=of.entities,
        sampled=of.sampled,
    )


def _told(value: float) -> float | None:
    """A number as JSON can tell it."""
    return None if np.isnan(value) else float(value)


VITALS: Final = (
    Operation(
        "GET", "/vitals", READERS, "Ten to twenty figures against what is normal for this hour",
        show_vitals, answer=VitalsShown,
    ),
)  # fmt: skip
