"""The examples of a pack that a safety officer can read: what ``cases.yaml`` says, as values.

A file is a list of cases, each a feed and what must come of it:

    - name: 泄漏后持续低浓度十分钟才闭环
      rule: methane-high              # the playbook; its stream is fed unless ``stream`` names one
      every: 1 min                    # one reading of each field; 1 min if not said
      start: 2026-01-01T08:00:00+08:00
      people: prompt                  # or absent: nobody accepts, reports or verifies an order
      feed:
        zone/7: {methane: [2, 30, 30, 2 x 11]}
      expect: {opened: 1, orders: [fan-start zone/7], closed_at: 13 min, quarantined: 0}
      # beside these, not_ordered: [gas-shut-off zone/7]

A reading is a number, ``_`` (the record comes without it) or ``silent`` (no record comes at all).
``30 late 5 min`` is received that much later than it was observed, ``30 again`` is received twice;
``x 11`` behind any of them repeats it. ``closed_at`` is a time after the start, or ``never``. What
``expect`` does not say is not checked; ``opened`` must be said.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import yaml

from haihe.errors import PackInvalid
from haihe.model.entity import check_entity_id
from haihe.model.record import Rows
from haihe.model.stream import Stream
from haihe.model.time import DAY, HOUR, MILLISECOND, MINUTE, NEVER, SECOND, parse_instant
from haihe.pack.contract import Pack, Playbook
from haihe.pack.nodes import Spot, line_of

BYTES_MAX: Final = 1_000_000  # Ours: a person reads it.
READINGS_MAX: Final = 100_000  # Ours: of one field; a day of a second each, with some to spare.
START: Final = "2026-01-01T08:00:00+08:00"  # Ours: any day does; this one is easy to read.
EVERY: Final = "1 min"
_UNITS: Final = {"ms": MILLISECOND, "s": SECOND, "min": MINUTE, "h": HOUR, "d": DAY}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?) ?(ms|s|min|h|d)")
_READING: Final = re.compile(
    r"(?P<what>\S+?)(?: late (?P<late>.+?)| (?P<again>again))?(?: x (?P<times>\d{1,6}))?"
)
_INFINITY: Final = {".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf}
_KEYS: Final = frozenset({"name", "rule", "stream", "every", "start", "people", "feed", "expect"})
_EXPECT_KEYS: Final = frozenset({"opened", "orders", "not_ordered", "closed_at", "quarantined"})


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must come of a case's feed.

    opened: how many cases its rule opens.
    orders: keys of orders, such as "fan-start zone/6", each of which one of them must have.
    not_ordered: keys of orders that none of them may have.
    closed_at: when the last of them closes, in ns after the start; NEVER if one stays open; None if
        the case does not say.
    quarantined: how many records or values are set aside; None if the case does not say.
    """

    opened: int
    orders: tuple[str, ...] = ()
    not_ordered: tuple[str, ...] = ()
    closed_at: int | None = None
    quarantined: int | None = None


@dataclass(frozen=True, slots=True)
class PackCase:
    """One example. Values are as they were written: range checks are the runner's.

    name: what a person calls it.
    line: where in the file it begins; 1 or more.
    rule: the playbook's name.
    start_at, end_at: of the feed, ns; the log's time must come to ``end_at``, records or not.
    rows: what is received, in order, with ``received_at``; one ``Rows`` an instant.
    people_report: whether every order that needs people is reported and verified at once.
    expect: what must come of it.
    """

    name: str
    line: int
    rule: str
    start_at: int
    end_at: int
    rows: tuple[Rows, ...]
    people_report: bool
    expect: Expectation


@dataclass(frozen=True, slots=True)
class _Reading:
    """One reading of one field; ``value`` is NaN where the record comes without it."""

    value: float
    silent: bool = False
    late: int = 0
    again: bool = False


@dataclass(frozen=True, slots=True)
class _Arrival:
    """One record on its way in."""

    received_at: int
    observed_at: int
    entity: str
    values: tuple[float, ...]  # One for each number field of the stream.


def load_cases(path: Path, pack: Pack) -> tuple[PackCase, ...]:
    """The examples in a pack's ``cases.yaml``, in the file's order.

    pack: whose rules and streams they speak of.
    Raises PackInvalid naming file, line and case if it cannot be read or makes no sense.
    """
    try:
        size = path.stat().st_size
        if size > BYTES_MAX:
            raise PackInvalid(f"{path} has {size} bytes; at most {BYTES_MAX}. Split the feed up.")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PackInvalid(f"{path} cannot be read as UTF-8 text: {error}.") from error
    return parse_cases(text, pack, file=path.name)


def parse_cases(text: str, pack: Pack, *, file: str = "cases.yaml") -> tuple[PackCase, ...]:
    """The examples in a text, as ``load_cases`` gives them.

    file: what errors call the text.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.error.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PackInvalid(f"{file}:{line}: this is not YAML: {error.problem}.") from error
    except yaml.YAMLError as error:
        raise PackInvalid(f"{file} is not YAML: {error}.") from error
    if root is None:
        return ()
    spot = Spot(file)
    cases = tuple(_case(node, pack, spot=spot) for node in spot.items(root))
    seen: set[str] = set()
    for case in cases:
        if case.name in seen:
            raise PackInvalid(f"{file}:{case.line}: two cases are called '{case.name}'.")
        seen.add(case.name)
    return cases


def parse_duration(text: str) -> int:
    """A duration written as a number and ms, s, min, h or d; ns.

    Raises ValueError if it is none.

    >>> parse_duration("13 min") == 13 * MINUTE
    True
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text}' is not a duration; write it as 13 min, 30 s or 2 h.")
    return round(float(found[1]) * _UNITS[found[2]])


def _case(node: yaml.Node, pack: Pack, *, spot: Spot) -> PackCase:
    parts = spot.mapping(node, _KEYS)
    for key in ("name", "rule", "feed", "expect"):
        if key not in parts:
            raise spot.wrong(node, f"a case needs '{key}'.")
    spot = Spot(spot.file, spot.text(parts["name"]))
    playbook = _playbook(parts["rule"], pack, spot=spot)
    stream = _stream(parts.get("stream"), pack, playbook=playbook, spot=spot)
    every, start_at, prompt = parse_duration(EVERY), parse_instant(START), True
    if "every" in parts:
        every = spot.parsed(parts["every"], parse_duration)
    if "start" in parts:
        start_at = spot.parsed(parts["start"], parse_instant)
    if "people" in parts:
        prompt = spot.parsed(parts["people"], _are_prompt)
    if every <= 0:
        raise spot.wrong(parts["every"], f"every is {every} ns; it must be more than 0.")
    feed = {
        entity: _table(table, stream, entity=entity, spot=spot)
        for entity, table in spot.mapping(parts["feed"]).items()
    }
    arrivals = [
        arrival
        for entity, table in feed.items()
        for step, readings in enumerate(zip(*table, strict=True))
        for arrival in _arrivals(readings, entity, observed_at=start_at + step * every)
    ]
    steps = max((len(table[0]) for table in feed.values()), default=1)
    instants = [arrival.received_at for arrival in arrivals]
    return PackCase(
        name=spot.case,
        line=line_of(node),
        rule=playbook.name,
        start_at=start_at,
        end_at=max([*instants, start_at + (steps - 1) * every]),
        rows=tuple(_rows(arrivals, stream)),
        people_report=prompt,
        expect=_expectation(parts["expect"], spot),
    )


def _are_prompt(text: str) -> bool:
    if text not in ("prompt", "absent"):
        raise ValueError(f"people are '{text}'; write prompt or absent.")
    return text == "prompt"


def _playbook(node: yaml.Node, pack: Pack, *, spot: Spot) -> Playbook:
    name = spot.text(node)
    for playbook in pack.playbooks:
        if playbook.name == name:
            return playbook
    known = ", ".join(playbook.name for playbook in pack.playbooks)
    raise spot.wrong(node, f"rule '{name}' is not one of pack '{pack.name}': {known}.")


def _stream(node: yaml.Node | None, pack: Pack, *, playbook: Playbook, spot: Spot) -> Stream:
    if node is None:
        return playbook.stream
    name = spot.text(node)
    for stream in pack.all_streams:
        if stream.name == name:
            return stream
    known = ", ".join(stream.name for stream in pack.all_streams)
    raise spot.wrong(node, f"stream '{name}' is not one of pack '{pack.name}': {known}.")


def _table(
    node: yaml.Node, stream: Stream, *, entity: str, spot: Spot
) -> tuple[tuple[_Reading, ...], ...]:
    """One column of readings for each number field of the stream, all of the same length."""
    try:
        check_entity_id(entity)
    except ValueError as error:
        raise spot.wrong(node, str(error)) from error
    names = [field.name for field in stream.numbers]
    told = {
        name: _column(column, spot) for name, column in spot.mapping(node, frozenset(names)).items()
    }
    lengths = {name: len(column) for name, column in told.items()}
    if len(set(lengths.values())) != 1:
        shown = ", ".join(f"{name} {length}" for name, length in lengths.items()) or "none"
        raise spot.wrong(
            node, f"fields of {entity} must have equally many readings; found {shown}."
        )
    for step, readings in enumerate(zip(*told.values(), strict=True)):
        if len({(one.silent, one.late, one.again) for one in readings}) > 1:
            raise spot.wrong(
                node,
                f"reading {step + 1} of {entity} is silent, late or again in one field and not in "
                "another; a record comes as a whole.",
            )
    blanks = tuple(
        _Reading(math.nan, one.silent, one.late, one.again) for one in next(iter(told.values()))
    )
    return tuple(told.get(name, blanks) for name in names)


def _column(node: yaml.Node, spot: Spot) -> tuple[_Reading, ...]:
    found: list[_Reading] = []
    for item in spot.items(node):
        found += _readings(item, spot)
        if len(found) > READINGS_MAX:
            raise spot.wrong(item, f"a field has more than {READINGS_MAX} readings.")
    if not found:
        raise spot.wrong(node, f"a field has {len(found)} readings; give one at least.")
    return tuple(found)


def _readings(node: yaml.Node, spot: Spot) -> list[_Reading]:
    text = spot.text(node)
    parts = _READING.fullmatch(text)
    hint = "write a number, _, silent, '30 late 5 min' or '30 again', each with ' x 11' if repeated"
    if parts is None:
        raise spot.wrong(node, f"'{text}' is not a reading; {hint}.")
    what = parts["what"]
    try:
        late = parse_duration(parts["late"]) if parts["late"] else 0
        known = what in ("_", "silent")
        value = math.nan if known else _INFINITY.get(what) or float(what)
    except ValueError as error:
        raise spot.wrong(node, f"'{text}' is not a reading; {hint}.") from error
    reading = _Reading(value, what == "silent", late, parts["again"] is not None)
    return [reading] * min(int(parts["times"] or 1), READINGS_MAX + 1)


def _arrivals(readings: Sequence[_Reading], entity: str, *, observed_at: int) -> Iterator[_Arrival]:
    """The record of one step: none, one, or the same one twice."""
    first = readings[0]
    if first.silent:
        return
    values = tuple(reading.value for reading in readings)
    arrival = _Arrival(observed_at + first.late, observed_at, entity, values)
    yield arrival
    if first.again:
        yield arrival


def _rows(arrivals: list[_Arrival], stream: Stream) -> Iterator[Rows]:
    """The records as they are received: by time, then in the file's order."""
    by_time: dict[int, list[_Arrival]] = {}
    for arrival in arrivals:
        by_time.setdefault(arrival.received_at, []).append(arrival)
    for received_at in sorted(by_time):
        together = by_time[received_at]
        ids = tuple(dict.fromkeys(arrival.entity for arrival in together))
        codes = [ids.index(arrival.entity) for arrival in together]
        count = len(together)
        yield Rows(
            stream=stream.name,
            ids=ids,
            codes=np.array(codes, np.int32),
            observed_at=np.array([arrival.observed_at for arrival in together], np.int64),
            numbers={
                field.name: np.array([arrival.values[place] for arrival in together], np.float64)
                for place, field in enumerate(stream.numbers)
            },
            texts={field.name: np.full(count, None, np.object_) for field in stream.texts},
            received_at=np.full(count, received_at, np.int64),
        )


def _expectation(node: yaml.Node, spot: Spot) -> Expectation:
    parts = spot.mapping(node, _EXPECT_KEYS)
    if "opened" not in parts:
        raise spot.wrong(node, "expect needs 'opened', 0 if no case may open.")
    keys: dict[str, tuple[str, ...]] = {"orders": (), "not_ordered": ()}
    closed_at = quarantined = None
    for name in keys.keys() & parts.keys():
        keys[name] = tuple(spot.parsed(item, _order_key) for item in spot.items(parts[name]))
    if "closed_at" in parts:
        closed_at = spot.parsed(parts["closed_at"], _time_or_never)
    if "quarantined" in parts:
        quarantined = spot.parsed(parts["quarantined"], _count)
    opened = spot.parsed(parts["opened"], _count)
    return Expectation(opened, closed_at=closed_at, quarantined=quarantined, **keys)


def _time_or_never(text: str) -> int:
    return NEVER if text == "never" else parse_duration(text)


def _order_key(text: str) -> str:
    if len(text.split(" ")) != 2:
        raise ValueError(f"'{text}' is not an order; write it as fan-start zone/6.")
    return text


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(f"'{text}' is not a count; write 0 or more.")
    return int(text)
