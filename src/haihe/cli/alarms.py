"""``alarms`` and ``why-not``: what alarms asked of people, and why one did not come."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from haihe.cli.common import (
    add_folder,
    add_json,
    instant,
    open_log,
    progress,
    show_json,
    shown,
)
from haihe.errors import PackInvalid
from haihe.log.sqlite import SqliteLog
from haihe.model.alarm import SEVERITY_TITLE
from haihe.model.time import DAY
from haihe.pack.contract import Pack
from haihe.pack.load import load_packs
from haihe.run.alarm_report import AlarmReport, OperatorLoad, RuleLoad, alarm_report
from haihe.run.alarms import AlarmBook, began_at, book_of
from haihe.run.backtest import Label
from haihe.run.config import read_config
from haihe.run.quieting import Quieting, Recording, quieting, streams_of
from haihe.run.records import items_between
from haihe.run.replay import labels_of, packs_of
from haihe.run.rule import rules_of
from haihe.run.why_not import AROUND, Question, WhyNot, why_not
from haihe.run.zone import HISTORY_FOLDER
from haihe.state.history import History

DAYS: Final = 7  # Ours: a week has every shift in it.
RULES_SHOWN: Final = 15  # Ours: what fits on a screen; --json has all.


def add_to(commands: Any) -> None:
    """The commands and their options."""
    asked = commands.add_parser(
        "alarms", help="alarm load, nuisances and worst sources, against ISA-18.2"
    )
    asked.add_argument("--from", dest="from_at", type=instant, default=None, metavar="INSTANT")
    asked.add_argument("--to", dest="to_at", type=instant, default=None, metavar="INSTANT")
    asked.add_argument(
        "--quieten", nargs="?", const="", default=None, metavar="RULE",
        help="try what would quieten the noisy rules (or this one), and what it would cost",
    )  # fmt: skip
    add_folder(asked)
    add_json(asked)
    asked.set_defaults(run=run_alarms)

    missed = commands.add_parser("why-not", help="why a rule did not fire at an entity then")
    missed.add_argument("rule", help="such as gallery.methane-high")
    missed.add_argument("entity", help="such as zone/6")
    missed.add_argument(
        "--at", type=instant, default=None, metavar="INSTANT",
        help="half an hour to either side of it; default: the log's end",
    )  # fmt: skip
    missed.add_argument("--from", dest="from_at", type=instant, default=None, metavar="INSTANT")
    missed.add_argument("--to", dest="to_at", type=instant, default=None, metavar="INSTANT")
    add_folder(missed)
    add_json(missed)
    missed.set_defaults(run=run_why_not)


def run_alarms(options: argparse.Namespace) -> int:
    """Print the report, or what would quieten the rules."""
    log = open_log(options.data)
    packs = _packs(options.data, log)
    book = book_of(log)
    end_at = max(book.last_at, log.received_at) + 1
    to_at = options.to_at if options.to_at is not None else end_at
    from_at = options.from_at if options.from_at is not None else to_at - DAYS * DAY
    from_at = max(from_at, began_at(log))  # What was not watched was not calm.
    if from_at >= to_at:
        raise ValueError(f"--from {shown(from_at)} must lie before --to {shown(to_at)}.")
    operators = {name: rule.playbook.escalate_to for name, rule in rules_of(packs).items()}
    report = alarm_report(book, operators=operators, from_at=from_at, to_at=to_at)
    if options.quieten is None:
        show_json(report) if options.json else _print_report(report)
        return 0
    named = [options.quieten] if options.quieten else [
        rule.rule for rule in report.rules if rule.is_noisy and rule.rule in operators
    ]  # fmt: skip
    history = History(log, options.data / HISTORY_FOLDER)
    recorded = _Recorded(log, packs, book, history, labels_of(options.data))
    found = [recorded.quietened(name, from_at=from_at, to_at=to_at) for name in named]
    if options.json:
        show_json(found)
        return 0
    for one in found:
        _print_quieting(one)
    if not found:
        print("no rule was noisy in that time")
    return 0


def run_why_not(options: argparse.Namespace) -> int:
    """Print why a rule did not fire."""
    log = open_log(options.data)
    at = options.at if options.at is not None else log.received_at
    from_at = options.from_at if options.from_at is not None else at - AROUND
    to_at = options.to_at if options.to_at is not None else min(at + AROUND, log.received_at + 1)
    question = Question(options.rule, options.entity, from_at, to_at)
    history = History(log, options.data / HISTORY_FOLDER)
    with progress("running the rule once more", None):
        found = why_not(log, _packs(options.data, log), question=question, history=history)
    if options.json:
        show_json(found)
    else:
        _print_why_not(found)
    return 0


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What changes are tried on."""

    log: SqliteLog
    packs: tuple[Pack, ...]
    book: AlarmBook
    history: History
    labels: tuple[Label, ...]

    def quietened(self, name: str, *, from_at: int, to_at: int) -> Quieting:
        """What would make a rule quieter.

        Raises PackInvalid if there is no such rule.
        """
        known = {rule: pack for pack in self.packs for rule in rules_of((pack,))}
        if name not in known:
            raise PackInvalid(f"there is no rule '{name}'; there are {', '.join(sorted(known))}.")
        streams = streams_of(known[name], name, directory=self.log.directory)
        items = items_between(self.log, streams, from_at=from_at, to_at=to_at, history=self.history)
        recording = Recording(items, self.log.directory, from_at, to_at, self.labels)
        with progress(f"trying {name}", None):
            return quieting(known[name], name, book=self.book, recording=recording)


def _packs(folder: Path, log: SqliteLog) -> tuple[Pack, ...]:
    return packs_of(log, load_packs(read_config(folder).packs).packs)


def _print_report(report: AlarmReport) -> None:
    print(f"{shown(report.from_at)} to {shown(report.to_at)}")
    for operator in report.operators:
        _print_operator(operator)
    print("severity   alarms  share  advised")
    for one in report.severities:
        name = SEVERITY_TITLE[one.severity].en
        print(f"  {name:9}{one.alarms:7} {one.share:6.0%} {one.advised:8.0%}")
    print(
        "rule                              alarms  share  cases again  under chatter fleet repeat"
    )
    for rule in report.rules[:RULES_SHOWN]:
        _print_load(rule)
    print("loudest sources")
    for source in report.sources:
        print(f"  {source.alarms:6} {source.share:6.1%}  {source.rule} {source.entity}")
    for stale in report.stale:
        print(f"stands since {shown(stale.raised_at)}: {stale.rule} {stale.entity} {stale.case}")
    if any(rule.is_noisy for rule in report.rules):
        print("next: haihe alarms --quieten tries what would make the noisy ones quieter")


def _print_operator(one: OperatorLoad) -> None:
    print(f"{one.operator}: {one.alarms.total} alarms, {one.cases.total} cases; cases in 10 min "
          f"{one.cases.per_period:g}, worst {one.cases.worst}")  # fmt: skip
    for check in one.checks:
        mark = "kept" if check.kept else "OVER"
        print(f"  {mark}  {check.title.en}: {check.value:g} (at most {check.target:g})")
    for flood in one.floods:
        print(f"  flood {shown(flood.from_at)} to {shown(flood.to_at)}: {flood.total} alarms")


def _print_load(rule: RuleLoad) -> None:
    print(
        f"  {rule.rule:32}{rule.shown:6} {rule.share:6.0%} {rule.cases:6} {rule.again:5} "
        f"{rule.under:6} {rule.chattering:7} {rule.fleeting:5} {rule.repeating:6}"
    )


def _print_quieting(found: Quieting) -> None:
    print(f"{found.rule} {found.settings or 'as shipped'}")
    if not found.tried:
        print("  its alarms show nothing that a delay or a deadband would change")
    for place, one in enumerate(found.tried):
        before, after, cost = one.change.before, one.change.after, one.cost
        mark = "advised" if place == found.advised else ""
        print(f"  {one.title.en}  {mark}".rstrip())
        print(f"    alarms {before.alarms} -> {after.alarms}, cases {before.cases} -> {after.cases}"
              f"; cases lost {cost.lost} (confirmed on site {cost.confirmed}, closed by hand "
              f"{cost.dismissed}, unknown {cost.unknown}), labelled events missed {cost.missed}, "
              f"others later by {cost.later_s:g} s")  # fmt: skip


def _print_why_not(found: WhyNot) -> None:
    print(f"{found.rule} at {found.entity}, {shown(found.from_at)} to {shown(found.to_at)}")
    print(f"  {found.verdict}: {found.why.en}")
    print(f"  {found.why.zh}")
    print(f"  ran as   version {found.version} {found.settings or ''} {found.detect}")
    print(f"  records  {found.records}, {found.missing} without a watched value, {found.set_aside} "
          f"set aside; {found.late} ever came too late to count")  # fmt: skip
    for reason in found.reasons:
        print(f"           {reason}")
    if found.nearest is not None:
        print(f"  nearest  {found.nearest.words.en}, at {shown(found.nearest.at)}")
    if found.cases:
        print(f"  cases    {', '.join(found.cases)}")
    memory = ", ".join(f"{name} {value}" for name, value in found.memory.items())
    print(f"  memory   {memory}")
