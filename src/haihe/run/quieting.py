"""What would make a noisy rule quieter, and what that would have cost: tried on what was recorded.

The proposals come from how the rule's own alarms behaved: how soon they went, and came back. Each
is run over the same records as the settings in force. A case that would be lost is held against
what people found at the time, and against labels where there are any.
"""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import msgspec
import numpy as np

from haihe.errors import PackInvalid
from haihe.log.directory import Directory
from haihe.model.text import Text
from haihe.model.time import HOUR, NEVER, SECOND, format_duration
from haihe.pack.contract import Pack
from haihe.run.alarm_report import BACK_WITHIN, FLEETING
from haihe.run.alarms import AlarmBook, Opened, Raised
from haihe.run.backtest import Change, Label, Trial, what_ifs
from haihe.run.engine import Item
from haihe.run.rule import Rule, tuned
from haihe.run.shadow import SAME_WITHIN, Opening

MOST: Final = 90.0  # Ours: per cent of the nuisances that a delay should outlast; all is too many.
# Ours: steps that a person would choose a delay from; none longer than a nuisance is looked at.
DELAYS: Final = tuple(step * SECOND for step in (10, 20, 30, 60, 90, 120, 180, 300, 600))
LATER_MAX: Final = 1 * HOUR  # Ours: a case that opens later than this has missed its event.
WIDER: Final = 2.0  # Ours: how much wider a deadband is tried.
BAND_SHARE: Final = 0.05  # ISA-18.2: 5 % is a usual deadband of a level or flow that has none.


class Cost(msgspec.Struct, frozen=True):
    """What a change would have cost.

    lost: cases that would not have been opened within an hour of when they were.
    confirmed: those of them where a person had verified an order on site: true events, missed.
    dismissed: those that a person had closed by hand.
    unknown: those of which neither people nor labels say what they were.
    missed: labelled events that would not have been found any more.
    later_s: how much later the others would have been opened, the median.
    """

    lost: int
    confirmed: int
    dismissed: int
    unknown: int
    missed: int
    later_s: float

    @property
    def is_free(self) -> bool:
        """Whether nothing would have been missed that was true, or may have been."""
        return not self.confirmed and not self.missed and not self.unknown


class Quieter(msgspec.Struct, frozen=True):
    """One change that was tried.

    settings: all that would differ from the shipped rule.
    title: what would be changed.
    """

    settings: dict[str, str]
    title: Text
    change: Change
    cost: Cost


class Quieting(msgspec.Struct, frozen=True):
    """What would make a rule quieter.

    settings: those in force.
    advised: the place in ``tried`` of the quietest change that misses nothing true; -1 if none.
    """

    rule: str
    settings: dict[str, str]
    tried: tuple[Quieter, ...]
    advised: int


@dataclass(frozen=True, slots=True)
class Recording:
    """What a change is tried on.

    items: the streams that the rule needs, in order (``Trial.streams``).
    labels: true events, if anyone knows them.
    from_at, to_at: the time it covers; ns.
    """

    items: Iterable[Item]
    directory: Directory
    from_at: int
    to_at: int
    labels: tuple[Label, ...] = ()


def quieting(pack: Pack, name: str, *, book: AlarmBook, recording: Recording) -> Quieting:
    """The changes that fit how a rule's alarms behaved, each tried on a recording.

    book: what the alarms were; recording: what they came from.
    Raises PackInvalid if there is no such rule.
    """
    in_force = book.settings.get(name, {})
    before = Trial(pack, name, settings=in_force, directory=recording.directory)
    alarms = [
        one
        for one in book.alarms
        if one.rule == name and recording.from_at <= one.raised_at < recording.to_at
    ]
    changes = proposals(before.rule, alarms)
    afters = [
        Trial(pack, name, settings={**in_force, **settings}, directory=recording.directory)
        for settings, _ in changes
    ]
    found = what_ifs(recording.items, before, afters=afters, labels=recording.labels)
    cases = [one for one in book.cases if one.rule == name]
    tried = tuple(
        Quieter(dict(after.rule.settings), title, change, _cost(change, cases))
        for (_, title), after, change in zip(changes, afters, found, strict=True)
    )
    return Quieting(name, in_force, tried, _advised(tried))


def streams_of(pack: Pack, name: str, *, directory: Directory) -> tuple[str, ...]:
    """The streams a trial of a rule reads."""
    return Trial(pack, name, settings={}, directory=directory).streams


def proposals(rule: Rule, alarms: Sequence[Raised]) -> list[tuple[dict[str, str], Text]]:
    """Settings that would have outlasted the rule's nuisances, one or all of them changed.

    rule: as it is in force.
    alarms: its alarms, in order of time.
    """
    detector: Any = rule.playbook.detect  # A protocol; the fields that are there decide.
    fields = {each.name: getattr(detector, each.name) for each in dataclasses.fields(detector)}
    single: dict[str, str] = {}
    if "on_delay" in fields and (short := _outlasting(_lasted(alarms, FLEETING))):
        single["on_delay"] = str(fields["on_delay"] + short)
    if "timeout" in fields and (short := _outlasting(_lasted(alarms, BACK_WITHIN))):
        single["timeout"] = str(fields["timeout"] + short)
    if gap := _outlasting(_gaps(alarms)):
        if "off_delay" in fields:
            single["off_delay"] = str(fields["off_delay"] + gap)
        if "clear_after" in fields:
            single["clear_after"] = str(2 * fields["clear_after"])
    if single and "deadband" in fields:
        limits = [abs(fields[name]) for name in ("high", "low") if fields.get(name) is not None]
        wider = fields["deadband"] * WIDER or BAND_SHARE * max(limits, default=0.0)
        if wider > 0:
            single["deadband"] = msgspec.json.encode(float(f"{wider:g}")).decode()
    found = [{name: value} for name, value in single.items()]
    found += [single] if len(single) > 1 else []
    return [(settings, _title(rule, settings)) for settings in found if _can(rule, settings)]


def _can(rule: Rule, settings: Mapping[str, str]) -> bool:
    """Whether the rule can run with them: a deadband may leave no value that clears."""
    try:
        tuned(rule, settings)
    except PackInvalid:
        return False
    return True


def _lasted(alarms: Sequence[Raised], most: int) -> list[int]:
    """How long each alarm stood that stood for at most so long; ns."""
    stood = [one.cleared_at - one.raised_at for one in alarms if one.cleared_at != NEVER]
    return [duration for duration in stood if duration <= most]


def _gaps(alarms: Sequence[Raised]) -> list[int]:
    """How soon each alarm that came back did; ns."""
    by_entity: dict[str, list[Raised]] = {}
    for one in alarms:
        by_entity.setdefault(one.entity, []).append(one)
    gaps = [
        later.raised_at - one.cleared_at
        for own in by_entity.values()
        for one, later in pairwise(own)
    ]
    return [gap for gap in gaps if 0 <= gap <= BACK_WITHIN]


def _outlasting(durations: Sequence[int]) -> int:
    """The shortest usual delay that outlasts most of them; ns; 0 if there are none."""
    if not durations:
        return 0
    most = math.ceil(float(np.percentile(durations, MOST)))
    return next((delay for delay in DELAYS if delay > most), DELAYS[-1])


def _title(rule: Rule, settings: Mapping[str, str]) -> Text:
    detector: Any = rule.playbook.detect
    told = [
        f"{name} {_worded(name, getattr(detector, name))} -> "
        f"{_worded(name, msgspec.json.decode(value))}"
        for name, value in settings.items()
    ]
    return Text(zh=f"调整 {'，'.join(told)}", en=f"change {', '.join(told)}")


def _worded(name: str, value: float) -> str:
    is_time = name in ("on_delay", "off_delay", "timeout")
    return format_duration(int(value)) if is_time else f"{value:g}"


def _cost(change: Change, cases: Sequence[Opened]) -> Cost:
    """What a change would have cost.

    cases: those the rule opened when it ran.
    """
    pairs, gone = _paired(change.before.openings, change.after.openings)
    lost = [_live(opening, cases) for opening in gone]
    late = [after.at - before.at for before, after in pairs]
    missed = 0
    if change.before.score is not None and change.after.score is not None:
        known = set(change.before.score.missed)
        missed = sum(label not in known for label in change.after.score.missed)
    confirmed = sum(one is not None and one.confirmed for one in lost)
    dismissed = sum(one is not None and bool(one.by) and not one.confirmed for one in lost)
    is_labelled = change.before.score is not None
    return Cost(
        lost=len(gone),
        confirmed=confirmed,
        dismissed=dismissed,
        unknown=0 if is_labelled else len(gone) - confirmed - dismissed,
        missed=missed,
        later_s=float(np.median(late)) / SECOND if late else 0.0,
    )


def _live(opening: Opening, cases: Sequence[Opened]) -> Opened | None:
    """The case that was opened then and there."""
    near = (
        case
        for case in cases
        if case.entity == opening.entity and abs(case.opened_at - opening.at) <= SAME_WITHIN
    )
    return min(near, key=lambda case: abs(case.opened_at - opening.at), default=None)


def _paired(
    before: Sequence[Opening], after: Sequence[Opening]
) -> tuple[list[tuple[Opening, Opening]], list[Opening]]:
    """The cases that both have, the later one within ``LATER_MAX``; and those only before."""
    free = list(after)
    pairs: list[tuple[Opening, Opening]] = []
    gone: list[Opening] = []
    for one in before:
        near = (
            other
            for other in free
            if other.entity == one.entity and -SAME_WITHIN <= other.at - one.at <= LATER_MAX
        )
        other = next(near, None)
        if other is None:
            gone.append(one)
        else:
            free.remove(other)
            pairs.append((one, other))
    return pairs, gone


def _advised(tried: Sequence[Quieter]) -> int:
    """The place of the quietest change that misses nothing true; -1 if none is quieter."""
    ranked = sorted(
        (one.change.after.alarms, one.cost.lost, one.cost.later_s, place)
        for place, one in enumerate(tried)
        if one.cost.is_free and one.change.after.alarms < one.change.before.alarms
    )
    return ranked[0][-1] if ranked else -1
