"""``report``: the figures of a shift or a day, and the documents that were signed."""

import argparse
from typing import Any, Final

from haihe.cli.common import add_folder, add_json, instant, open_log, show_json, shown
from haihe.log.sqlite import SqliteLog
from haihe.model.alarm import SEVERITY_TITLE
from haihe.model.time import HOUR
from haihe.pack.load import load_packs
from haihe.run.alarms import book_of
from haihe.run.config import read_config
from haihe.run.documents import find_document, list_documents
from haihe.run.replay import packs_of
from haihe.run.report.figures import CaseFigure, Figures, Source, figures_of
from haihe.run.report.report import ReportKind, ReportVersion
from haihe.run.report.report import shown as version_of
from haihe.run.rule import rules_of
from haihe.run.span import Span
from haihe.run.zone import HISTORY_FOLDER
from haihe.state.history import History

SHIFT: Final = 8 * HOUR  # Ours: three shifts a day.


def add_to(commands: Any) -> None:
    """The command and its options."""
    asked = commands.add_parser(
        "report", help="figures of a shift or a day; --list and --show: what was signed"
    )
    asked.add_argument("--from", dest="from_at", type=instant, default=None, metavar="INSTANT")
    asked.add_argument(
        "--to", dest="to_at", type=instant, default=None, metavar="INSTANT",
        help="default: the log's end; --from: eight hours before it",
    )  # fmt: skip
    asked.add_argument("--list", choices=[kind.value for kind in ReportKind], help="what is signed")
    asked.add_argument("--show", metavar="ID", help="every version of one, such as handover-3")
    add_folder(asked)
    add_json(asked)
    asked.set_defaults(run=run_report)


def run_report(options: argparse.Namespace) -> int:
    """Print figures, a list of documents, or one with its versions."""
    log = open_log(options.data)
    if options.list:
        return _show([version_of(one) for one in list_documents(log, options.list)], options)
    if options.show:
        found = [version_of(one) for one in find_document(log, options.show)]
        if not found:
            raise ValueError(f"there is no report '{options.show}'; --list handover lists them.")
        return _show(found, options)
    figures = _figures(log, options)
    show_json(figures) if options.json else _print_figures(figures)
    return 0


def _figures(log: SqliteLog, options: argparse.Namespace) -> Figures:
    to_at = options.to_at if options.to_at is not None else log.received_at + 1
    from_at = options.from_at if options.from_at is not None else to_at - SHIFT
    packs = packs_of(log, load_packs(read_config(options.data).packs).packs)
    history = History(log, options.data / HISTORY_FOLDER)
    source = Source(log, rules_of(packs), book_of(log), history)
    return figures_of(source, Span(from_at, to_at))


def _show(versions: list[ReportVersion], options: argparse.Namespace) -> int:
    if options.json:
        show_json(versions)
        return 0
    for one in versions:
        span = one.report.figures.span
        second = f", taken over by {one.second}" if one.second else ""
        awaits = ", awaits who takes over" if one.needs_second else ""
        print(
            f"{one.id:14} version {one.version}  {shown(span.from_at)} to {shown(span.to_at)}  "
            f"signed by {one.by}{second}{awaits}"
        )
        print(f"{'':14} SHA-256 {one.sha256}, line {one.offset}")
        if options.show:
            for name, text in one.report.notes.items():
                print(f"{'':14} {name}: {text or '-'}")
    if not versions:
        print("none is signed yet")
    return 0


def _print_figures(figures: Figures) -> None:
    counts = figures.counts
    print(f"span     {shown(figures.span.from_at)} to {shown(figures.span.to_at)}")
    print(f"cases    {counts.opened} opened, {counts.closed} closed, {counts.open} open")
    print(
        f"overdue  {counts.overdue} cases, {counts.late} orders; {counts.missed} deadlines missed"
    )
    print(f"orders   {counts.dispatched} given, {counts.settled} settled, {counts.under_way} open")
    print(f"aside    {counts.set_aside} records and values quarantined")
    for load in figures.loads:
        told = f"{load.alarms.total} alarms, worst ten minutes {load.alarms.worst}"
        print(f"load     {load.operator}: {told}")
    for case in figures.open:
        print(f"open     {_words(case)}")
    for source in figures.silent:
        print(f"silent   {source.entity} ({source.rule}) since {shown(source.raised_at)}")
    for note in (*figures.rules, *figures.shelved):
        print(f"rule     {shown(note.at)} {note.subject} {note.what} {note.by} {note.detail}")
    for watch in figures.watch:
        print(f"watch    {watch.subject}: {watch.what.en}")


def _words(case: CaseFigure) -> str:
    level = SEVERITY_TITLE[case.severity].en
    owner = case.owner or "nobody"
    late = " OVERDUE" if case.is_overdue else ""
    return f"{case.id:14} {level:9} {case.entity}  due {shown(case.due_at)}{late}  {owner}"
