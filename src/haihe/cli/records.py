"""``replay`` and ``backtest``: recorded files the whole way, and rules on what was recorded."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from haihe.cli.common import (
    add_folder,
    add_json,
    instant,
    open_log,
    progress,
    settings_of,
    show_json,
    shown,
)
from haihe.errors import PackInvalid, RecordRefused
from haihe.feed.mapping import load_mapping, ready_mappings
from haihe.model.time import format_duration
from haihe.pack.load import load_packs
from haihe.run.alarms import book_of
from haihe.run.backtest import LABEL_LEAD, Change, Result, Trial, run_trial, what_if
from haihe.run.config import read_config
from haihe.run.engine import Item
from haihe.run.records import items_between
from haihe.run.replay import Replayed, Source, labels_of, packs_of, replay
from haihe.run.rule import rules_of
from haihe.run.zone import HISTORY_FOLDER
from haihe.state.history import History


def add_to(commands: Any) -> None:
    """The commands and their options."""
    replayed = commands.add_parser("replay", help="send recorded files the whole way")
    replayed.add_argument("files", nargs="+", type=Path, help="CSV, NDJSON or Parquet, also .gz")
    replayed.add_argument(
        "--mapping",
        required=True,
        help=f"a mapping file, or one of {', '.join(ready_mappings())}",
    )
    add_folder(replayed)
    add_json(replayed)
    replayed.set_defaults(run=run_replay)

    tested = commands.add_parser(
        "backtest", help="run a rule on what was recorded; with --set, what would be different"
    )
    tested.add_argument("rule", nargs="?", help="such as gallery.methane-high; none lists them")
    tested.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    tested.add_argument("--from", dest="from_at", type=instant, default=None, metavar="INSTANT")
    tested.add_argument("--to", dest="to_at", type=instant, default=None, metavar="INSTANT")
    add_folder(tested)
    add_json(tested)
    tested.set_defaults(run=run_backtest)


def run_replay(options: argparse.Namespace) -> int:
    """Replay the files and say what came of it; 1 if nothing could be taken."""
    missing = [str(path) for path in options.files if not path.exists()]
    if missing:
        raise RecordRefused(f"no such file: {', '.join(missing)}")
    packs = load_packs(read_config(options.data).packs).packs
    streams = {stream.name: stream for pack in packs for stream in pack.all_streams}
    mapping = load_mapping(options.mapping, streams=streams)
    with progress("records", None) as bar:
        task = bar.task_ids[0]
        done = replay(
            [Source(tuple(options.files), mapping)],
            options.data,
            packs=packs,
            progress=lambda count: bar.advance(task, count),
        )
    if options.json:
        show_json(done)
    else:
        _print_replayed(done, options.data)
    return 0 if done.records or done.repeated else 1


def run_backtest(options: argparse.Namespace) -> int:
    """Run it and print what was found, or what changed."""
    log = open_log(options.data)
    packs = packs_of(log, load_packs(read_config(options.data).packs).packs)
    known = {name: pack for pack in packs for name in rules_of((pack,))}
    if options.rule not in known:
        raise PackInvalid(f"which rule? There are: {', '.join(sorted(known))}.")
    pack = known[options.rule]
    settings = settings_of(options.set)
    in_force = book_of(log).settings.get(options.rule, {})
    changed = {**in_force, **settings}
    after = Trial(pack, options.rule, settings=changed, directory=log.directory)
    history = History(log, options.data / HISTORY_FOLDER)
    items = items_between(
        log, after.streams, from_at=options.from_at, to_at=options.to_at, history=history
    )
    labels = labels_of(options.data)
    found: Result | Change
    if settings:
        before = Trial(pack, options.rule, settings=in_force, directory=log.directory)
        found = what_if(items, before, after=after, labels=labels)
    else:
        found = run_trial(_with_bar(items), after, labels=labels)
    if options.json:
        show_json(found)
    elif isinstance(found, Change):
        _print_change(found)
    else:
        _print_result(found)
    return 0


def _with_bar(items: Iterator[Item]) -> Iterator[Item]:
    with progress("batches", None) as bar:
        for item in items:
            bar.advance(bar.task_ids[0], 1)
            yield item


def _print_replayed(done: Replayed, folder: Path) -> None:
    print(f"{done.records} records taken, {done.repeated} repeated, {done.quarantined} set aside")
    for rule, count in sorted(done.cases.items()):
        print(f"  {count:6} cases  {rule}")
    if done.labels:
        print(f"  {done.labels:6} labelled events to score against")
    where = f"--data {folder}"
    rule = next(iter(sorted(done.cases)), "RULE")
    print(f"next: haihe why {where}; haihe backtest {rule} {where}; haihe verify {where}")


def _print_result(found: Result) -> None:
    print(f"{found.rule} {found.settings or 'as shipped'}")
    print(f"  {shown(found.from_at)} to {shown(found.to_at)}, {found.records} records")
    under = f", {found.under} more under cases of other rules" if found.under else ""
    print(f"  {found.alarms} alarms{under}, {found.cases} cases, {found.closed} closed on evidence")
    load = found.load
    calm = "manageable" if load.is_manageable else "too much for one operator"
    print(f"  load {load.per_period:g} alarms in 10 min, worst {load.worst}: {calm}")
    if found.score is not None:
        score = found.score
        print(f"  {score.found} of {score.events} true events found, {score.false} false cases")
        lead = f"a case up to {format_duration(LABEL_LEAD)} before an event counts as found"
        delay = f"median delay {score.delay_s:g} s, negative where the case came first; "
        print(f"  {delay if score.found else ''}missed: {len(score.missed)}; {lead}")


def _print_change(found: Change) -> None:
    print("before:")
    _print_result(found.before)
    print("after:")
    _print_result(found.after)
    print(f"{found.both} cases in both, {len(found.lost)} lost, {len(found.gained)} gained")
    for word, openings in (("lost", found.lost), ("gained", found.gained)):
        for opening in openings[:20]:
            print(f"  {word:6} {shown(opening.at)}  {opening.entity}")
