"""The examples of a pack that a safety officer can read: what ``cases.yaml`` says, as values.

A file is a list of cases, each a feed and what must come of it:

    - name: 泄漏后持续低浓度十分钟才闭环
      rule: methane-high              # the playbook; its stream is fed unless ``stream`` names one
      every: 1 min                    # one reading of each field; 1 min if not said
      start: 2026-01-01T08:00:00+08:00
      people: prompt                  # or absent: nobody accepts, reports or verifies an order
      feed:
        zone/7: {methane: [2, 30, 30, 2 x 11]}
      beside:                         # what other streams say meanwhile, if they matter
        gallery.board: {zone/7: {count: [2 x 14], who: [person/3;person/4 x 14]}}
      expect: {opened: 1, orders: [fan-start zone/7], closed_at: 13 min, quarantined: 0}
      # beside these, not_ordered: [gas-shut-off zone/7]

A reading is a number, a word where the field is a text, ``_`` (the record comes without it) or
``silent`` (no record comes at all).
``30 late 5 min`` is received that much later than it was observed, ``30 again`` is received twice;
``x 11`` behind any of them repeats it. ``closed_at`` is a time after the start, or ``never``. What
``expect`` does not say is not checked; ``opened`` must be said.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from haihe.errors import PackInvalid
from haihe.model.record import Rows
from haihe.model.stream import Stream
from haihe.model.time import NEVER, parse_instant
from haihe.pack.contract import Pack, Playbook
from haihe.pack.nodes import Spot, line_of
from haihe.pack.readings import READINGS_MAX, parse_duration, read_feed, received_at

BYTES_MAX: Final = 1_000_000  # Ours: a person reads it.
START: Final = "2026-01-01T08:00:00+08:00"  # Ours: any day does; this one is easy to read.
EVERY: Final = "1 min"
_KEYS: Final = frozenset(
    {"name", "rule", "stream", "every", "start", "people", "feed", "beside", "expect"}
)
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
    beside: what other streams say meanwhile, as ``rows``; of an instant it comes first.
    """

    name: str
    line: int
    rule: str
    start_at: int
    end_at: int
    rows: tuple[Rows, ...]
    people_report: bool
    expect: Expectation
    beside: tuple[Rows, ...] = ()


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


def _case(node: yaml.Node, pack: Pack, *, spot: Spot) -> PackCase:
    parts = spot.mapping(node, _KEYS)
    for key in ("name", "rule", "feed", "expect"):
        if key not in parts:
            raise spot.wrong(node, f"a case needs '{key}'.")
    spot = Spot(spot.file, spot.text(parts["name"]))
    playbook = _playbook(parts["rule"], pack, spot=spot)
    stream = playbook.stream
    if "stream" in parts:
        stream = _stream(parts["stream"], pack, name=spot.text(parts["stream"]), spot=spot)
    every, start_at, prompt = parse_duration(EVERY), parse_instant(START), True
    if "every" in parts:
        every = spot.parsed(parts["every"], parse_duration)
    if "start" in parts:
        start_at = spot.parsed(parts["start"], parse_instant)
    if "people" in parts:
        prompt = spot.parsed(parts["people"], _are_prompt)
    if every <= 0:
        raise spot.wrong(parts["every"], f"every is {every} ns; it must be more than 0.")
    times = range(start_at, start_at + READINGS_MAX * every, every)
    fed = read_feed(parts["feed"], stream, times=times, spot=spot)
    others = [
        read_feed(one, _stream(one, pack, name=name, spot=spot), times=times, spot=spot)
        for name, one in (spot.mapping(parts["beside"]) if "beside" in parts else {}).items()
    ]
    beside = [rows for one in others for rows in one.rows]
    return PackCase(
        name=spot.case,
        line=line_of(node),
        rule=playbook.name,
        start_at=start_at,
        end_at=max(fed.end_at, *(one.end_at for one in others), start_at),
        rows=fed.rows,
        people_report=prompt,
        expect=_expectation(parts["expect"], spot),
        beside=tuple(sorted(beside, key=received_at)),
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


def _stream(node: yaml.Node, pack: Pack, *, name: str, spot: Spot) -> Stream:
    for stream in pack.all_streams:
        if stream.name == name:
            return stream
    known = ", ".join(stream.name for stream in pack.all_streams)
    raise spot.wrong(node, f"stream '{name}' is not one of pack '{pack.name}': {known}.")


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
