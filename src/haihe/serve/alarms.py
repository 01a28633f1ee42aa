"""Alarm quality over HTTP: the report, what would quieten a rule, and why one did not fire."""

import asyncio
from typing import Any, Final

import msgspec

from haihe.model.time import DAY
from haihe.pack.contract import Pack
from haihe.run.alarm_report import AlarmReport, alarm_report
from haihe.run.alarms import began_at
from haihe.run.backtest import Change, Trial, what_if
from haihe.run.quieting import Quieting, Recording, quieting, streams_of
from haihe.run.records import items_between
from haihe.run.replay import labels_of
from haihe.run.rule import Rule
from haihe.run.why_not import AROUND, Question, WhyNot, why_not
from haihe.serve.access import ACTING_ON_RULES, READERS
from haihe.serve.calling import Asked, Operation
from haihe.serve.kinds import EntityId, When
from haihe.serve.owning import note_read
from haihe.serve.problem import forbidden, unknown
from haihe.serve.rules import Changes
from haihe.serve.sight import check_sight, sight_of
from haihe.serve.spans import instant_in, ordered

LOOK_BACK: Final = 7 * DAY  # Ours: a week has every shift in it.


class SpanQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}):
    """Which time.

    start, to: the log's time, ISO 8601 with an offset; the last seven days where left out.
    """

    start: When = ""
    to: When = ""


class WhyNotQuery(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}
):
    """Where and when.

    at: half an hour to either side of it; the newest record where nothing is said.
    start, to: the time itself, instead.
    """

    entity: EntityId
    at: When = ""
    start: When = ""
    to: When = ""


class TrialBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}):
    """What is tried on what was recorded.

    settings: as for a shadow: a setting of the detector, "close.window" and the like, to its value.
    start, to: as in ``SpanQuery``.
    """

    settings: Changes
    start: When = ""
    to: When = ""


class ReportShown(msgspec.Struct, frozen=True):
    """Alarm quality, and how far the log was read for it.

    is_behind: whether steps of a long log are still being read; ask again.
    """

    report: AlarmReport
    is_behind: bool


async def show_report(asked: Asked[SpanQuery, None]) -> ReportShown:
    """Alarm quality over a time, of what the caller sees."""
    platform, caller = asked.platform, asked.caller
    node = platform.node
    begin, end = _span(asked, asked.query.start, to=asked.query.to)
    operators = {
        name: rule.playbook.escalate_to
        for name, rule in dict(node.engine.rules).items()
        if caller.sees(name)
    }
    sight = sight_of(node, caller)

    def sees(rule: str, entity: str) -> bool:
        return caller.sees(rule) and (sight is None or entity in sight)

    def read() -> ReportShown:
        book, is_all = platform.quality.look(sees)
        from_at = min(max(begin, began_at(node.log)), end - 1)  # Unwatched is not calm.
        report = alarm_report(book, operators=operators, from_at=from_at, to_at=end)
        return ReportShown(report, not is_all)

    shown = await asyncio.to_thread(read)
    loudest = {one.entity for one in shown.report.sources}
    stale = {one.entity for one in shown.report.stale}
    await note_read(asked, subject="alarm report", entities=loudest | stale)
    return shown


async def show_quieting(asked: Asked[SpanQuery, None]) -> Quieting:
    """What would make a rule quieter, and what it would have cost."""
    platform, pack, rule = asked.platform, *_rule(asked)
    _check_whole(asked)
    begin, end = _span(asked, asked.query.start, to=asked.query.to)
    node, history = platform.node, platform.settings.services.history

    def read() -> Quieting:
        book, _ = platform.quality.look(lambda name, _: name == rule.name, whole=True)
        streams = streams_of(pack, rule.name, directory=node.log.directory)
        items = items_between(node.log, streams, from_at=begin, to_at=end, history=history)
        labels = labels_of(node.log.path.parent)
        recording = Recording(items, node.log.directory, begin, end, labels)
        return quieting(pack, rule.name, book=book, recording=recording)

    async with platform.quality.trial():
        return await asyncio.to_thread(read)


async def run_trial(asked: Asked[None, TrialBody]) -> Change:
    """What other settings would have changed in a time: cases gained and lost."""
    platform, body = asked.platform, asked.body
    pack, rule = _rule(asked)
    _check_whole(asked)
    begin, end = _span(asked, body.start, to=body.to)
    in_force = dict(rule.settings)
    told = {name: msgspec.json.encode(value).decode() for name, value in body.settings.items()}
    log, history = platform.node.log, platform.settings.services.history

    def read() -> Change:
        before = Trial(pack, rule.name, settings=in_force, directory=log.directory)
        after = Trial(pack, rule.name, settings={**in_force, **told}, directory=log.directory)
        items = items_between(log, after.streams, from_at=begin, to_at=end, history=history)
        return what_if(items, before, after=after, labels=labels_of(log.path.parent))

    async with platform.quality.trial():
        return await asyncio.to_thread(read)


async def show_why_not(asked: Asked[WhyNotQuery, None]) -> WhyNot:
    """Why a rule did not fire at an entity in a time."""
    platform, query = asked.platform, asked.query
    _, rule = _rule(asked)
    node = platform.node
    check_sight(node, asked.caller, entity=query.entity)
    question = Question(rule.name, query.entity, *_around(asked, query))
    history = platform.settings.services.history

    def read() -> WhyNot:
        return why_not(node.log, node.engine.packs, question=question, history=history)

    await note_read(asked, subject=f"why not {rule.name}", entities=[query.entity])
    async with platform.quality.trial():
        return await asyncio.to_thread(read)


def _around(asked: Asked[WhyNotQuery, None], query: WhyNotQuery) -> tuple[int, int]:
    """The time a question is about; ns."""
    if query.at:
        at = instant_in(query.at, 0)
        return at - AROUND, at + AROUND
    end = asked.platform.node.log.received_at + 1
    to_at = instant_in(query.to, end)
    return ordered(instant_in(query.start, to_at - 2 * AROUND), to_at)


def _span(asked: Asked[Any, Any], start: str, *, to: str) -> tuple[int, int]:
    """The time a report is about; ns."""
    to_at = instant_in(to, asked.platform.node.log.received_at + 1)
    return ordered(instant_in(start, to_at - LOOK_BACK), to_at)


def _rule(asked: Asked[Any, Any]) -> tuple[Pack, Rule]:
    """The rule a request names, as it runs, and its pack as shipped.

    Raises Problem if there is none that the caller may see.
    """
    name, engine = asked.path["rule"], asked.platform.node.engine
    rule = engine.rules.get(name)
    if rule is None or not asked.caller.sees(name):
        raise unknown(f"there is no rule '{name}'.", what_to_do="GET /api/v1/rules lists them.")
    return next(pack for pack in engine.packs if pack.name == rule.pack), rule


def _check_whole(asked: Asked[Any, Any]) -> None:
    """Refuse who sees a part of the entities only: a trial tells of all.

    Raises Problem.
    """
    if sight_of(asked.platform.node, asked.caller) is not None:
        raise forbidden(f"{asked.caller.name} sees a part of the zone; a trial tells of all of it.")


ALARMS: Final = (
    Operation(
        "GET", "/alarms/report", READERS, "Alarm load and quality, held against ISA-18.2",
        show_report, query=SpanQuery, answer=ReportShown,
    ),
    Operation(
        "GET", "/rules/{rule}/quieting", ACTING_ON_RULES,
        "What would make a rule quieter, and what it would have cost",
        show_quieting, query=SpanQuery, answer=Quieting,
    ),
    Operation(
        "POST", "/rules/{rule}/backtest", ACTING_ON_RULES,
        "What other settings would have changed: cases gained and lost",
        run_trial, body=TrialBody, answer=Change,
    ),
    Operation(
        "GET", "/rules/{rule}/why-not", READERS, "Why a rule did not fire at an entity",
        show_why_not, query=WhyNotQuery, answer=WhyNot,
    ),
)  # fmt: skip
