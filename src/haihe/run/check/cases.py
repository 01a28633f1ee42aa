"""The examples of a pack, run: what came of each feed, held against what it must give."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import merge

import numpy as np

from haihe.log.directory import Directory
from haihe.model.arrays import IntArray
from haihe.model.entity import Entity
from haihe.model.line import CaseClosed, CaseOpened, Decided, Dispatched, RuleFailed, Step
from haihe.model.time import NEVER, format_duration
from haihe.pack.cases import PackCase
from haihe.pack.contract import Pack, Playbook
from haihe.pack.readings import received_at
from haihe.run.check.memory import PROMPT, MemoryZone
from haihe.run.engine import Item
from haihe.run.gate import suspects
from haihe.run.intake import joined


@dataclass(frozen=True, slots=True)
class CaseRun:
    """What came of one example.

    case: the example.
    items: the log it made.
    steps: what followed, in order.
    directory: the log's slots.
    quarantined: how many records or values were set aside.
    """

    case: PackCase
    items: tuple[Item, ...]
    steps: tuple[Step, ...]
    directory: Directory
    quarantined: int


def run_case(case: PackCase, pack: Pack, *, entities: Sequence[Entity] = ()) -> CaseRun:
    """The example fed to the pack's engine the way live records are.

    Orders to devices are delivered at once; those to people go all the way at once, or stay where
    they are if the example says that nobody is there.
    entities: what the zone knows; examples speak of the entities of the pack's twin.
    """
    pace = PROMPT if case.people_report else None
    zone = MemoryZone(pack, entities=entities, start_at=case.start_at, pace=pace)
    for rows in merge(case.beside, case.rows, key=received_at):
        zone.wait(received_at(rows))
        zone.receive([rows])
    zone.wait(case.end_at)
    zone.reach(case.end_at)
    return CaseRun(case, tuple(zone.items), tuple(zone.steps), zone.directory, len(zone.refused))


def opened_of(run: CaseRun, pack: Pack) -> list[CaseOpened]:
    """The cases that the example's own rule opened."""
    rule = f"{pack.name}.{run.case.rule}"
    return [step for step in run.steps if isinstance(step, CaseOpened) and step.rule == rule]


def closed_at(run: CaseRun, pack: Pack) -> int | None:
    """When the last of them closed, ns after the start; NEVER if one is open; None if none was."""
    ids = {step.case for step in opened_of(run, pack)}
    closed = {
        step.case: step.at
        for step in run.steps
        if isinstance(step, CaseClosed) and step.case in ids
    }
    if not ids:
        return None
    return max(closed.values()) - run.case.start_at if len(closed) == len(ids) else NEVER


def mismatches(run: CaseRun, pack: Pack) -> list[str]:
    """Where the run is not what the example expects, in words."""
    expect = run.case.expect
    ids = {step.case for step in opened_of(run, pack)}
    found: list[str] = []
    if len(ids) != expect.opened:
        found.append(f"opened {len(ids)}, expected {expect.opened}")
    orders = {
        step.order.key for step in run.steps if isinstance(step, Dispatched) and step.case in ids
    }
    given = ", ".join(sorted(orders)) or "none"
    found += [f"no order '{key}'; given were {given}" for key in expect.orders if key not in orders]
    found += [f"order '{key}' was given" for key in expect.not_ordered if key in orders]
    if expect.closed_at is not None and (told := closed_at(run, pack)) != expect.closed_at:
        found.append(f"closed {in_words(told)}, expected {in_words(expect.closed_at)}")
    if expect.quarantined is not None and run.quarantined != expect.quarantined:
        found.append(f"quarantined {run.quarantined}, expected {expect.quarantined}")
    return found + failures(run.steps)


def failures(steps: Sequence[Step]) -> list[str]:
    """What of the pack's code raised or did not end, in words."""
    found = [
        f"rule {step.rule} failed: {step.failed}" for step in steps if isinstance(step, RuleFailed)
    ]
    found += [
        f"decision of {step.rule} failed: {step.failed}"
        for step in steps
        if isinstance(step, Decided) and step.failed
    ]
    return found


def in_words(after: int | None) -> str:
    """A time after the start, as a case file writes it.

    after: ns; NEVER, or None where nothing was opened.
    """
    if after is None:
        return "never opened"
    return "never" if after == NEVER else f"at {format_duration(after)}"


def is_dirty(case: PackCase, pack: Pack) -> bool:
    """Whether the example's feed has anything that a sound source would not send.

    A value that is missing or absurd, a record that is late or comes twice; and one that never
    comes, save for a rule that watches for silence.
    """
    if not case.rows or (case.expect.quarantined or 0) > 0:
        return bool(case.rows)
    rows = joined(case.rows, now=case.start_at)
    stream = next(stream for stream in pack.all_streams if stream.name == rows.stream)
    received_at = rows.received_at
    assert received_at is not None  # The reader gives every row its instant.
    late = bool((received_at > rows.observed_at).any())
    absurd = bool(suspects(rows, stream, now=int(received_at.max())).any())
    watches_values = bool(playbook_of(case, pack).detect.fields)
    for code in range(len(rows.ids)):
        own = rows.codes == code
        gaps = np.diff(np.sort(rows.observed_at[own]))
        if _has_gap(gaps, counts_silence=watches_values):
            return True
        for column in rows.numbers.values():
            missing = np.isnan(column[own])
            if missing.any() and not missing.all():
                return True
    return late or absurd


def _has_gap(gaps: IntArray, *, counts_silence: bool) -> bool:
    """Whether a record comes twice, or one is missing.

    gaps: int64, ns between records of one entity, none negative.
    """
    if not len(gaps):
        return False
    return bool(gaps.min() == 0) or (counts_silence and bool(gaps.max() > gaps.min()))


def playbook_of(case: PackCase, pack: Pack) -> Playbook:
    """The playbook an example is about."""
    return next(playbook for playbook in pack.playbooks if playbook.name == case.rule)
