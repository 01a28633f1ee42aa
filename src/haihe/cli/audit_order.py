"""``why`` for a loop: its orders to a thing, and one of them whole; the decision once more."""

import argparse
import re
from typing import Final

from haihe.cli.common import open_log, progress, show_json, shown
from haihe.log.sqlite import SqliteLog
from haihe.model.decision import WorkOrder
from haihe.model.time import BEIJING, format_instant, parse_instant
from haihe.pack.contract import Pack
from haihe.pack.load import load_packs
from haihe.run.config import read_config
from haihe.run.loop_rule import loops_of
from haihe.run.replay import packs_of
from haihe.run.why_order import OrderWhy, again, is_loops, orders_before, streams_of, why_order
from haihe.run.words import line_words
from haihe.run.zone import HISTORY_FOLDER
from haihe.state.history import History

NEWEST: Final = 20  # Ours: orders listed; a screen.
RECORDS_SHOWN: Final = 40  # Ours: of a terminal; all of them with --json.
CLOCK: Final = re.compile(r"\d\d:\d\d(:\d\d)?")


def run_why_order(options: argparse.Namespace) -> int:
    """Print a loop's orders to a thing, or one order's lineage; 1 if it is not the same again."""
    log = open_log(options.data)
    packs = packs_of(log, load_packs(read_config(options.data).packs).packs)
    if not is_loops(options.case):
        orders = orders_before(
            log, options.case, entity=options.entity, at=_at(options.at, log), limit=NEWEST
        )
        _list(orders, options)
        return 0
    answer = why_order(log, options.case, streams=streams_of(loops_of(packs), options.case))
    if options.replay:
        return _replay(options, log, packs=packs, answer=answer)
    if options.json:
        show_json(answer)
    else:
        _print(answer)
    return 0


def _at(told: str, log: SqliteLog) -> int:
    """The instant meant; a time alone is of the log's last day there; ns.

    Raises ValueError if it is none.
    """
    if not told:
        return log.received_at
    if CLOCK.fullmatch(told):
        day = format_instant(log.received_at, zone=BEIJING)[:10]
        told = f"{day}T{told if told.count(':') == 2 else told + ':00'}+08:00"
    return parse_instant(told)


def _list(orders: tuple[WorkOrder, ...], options: argparse.Namespace) -> None:
    if options.json:
        show_json(orders)
        return
    for one in orders:
        print(f"{shown(one.dispatched_at)}  {one.id:22} {one.state:11} {one.order.title.en}")
    if not orders:
        print(f"{options.case} gave no order to '{options.entity}' by then; name it with --entity")


def _replay(
    options: argparse.Namespace, log: SqliteLog, *, packs: tuple[Pack, ...], answer: OrderWhy
) -> int:
    history = History(log, options.data / HISTORY_FOLDER)
    with progress("deciding again", None):
        found = again(log, answer, packs=packs, history=history, folder=options.data)
    if options.json:
        show_json(found)
    elif found.is_same:
        print(f"{answer.order.id}: the log gives the same decision and order, byte for byte")
        print(found.recorded, end="")
    else:
        print(f"{answer.order.id}: NOT the same; the packs here may be of another version")
        print(f"recorded  {found.recorded}again     {found.again or 'no such order'}")
    return 0 if found.is_same else 1


def _print(answer: OrderWhy) -> None:
    order, decision, force = answer.order, answer.decision, answer.in_force
    print(f"{order.id}  {order.order.entity}  {order.state}  {order.words}".rstrip())
    print(f"order    {order.order.title.en}; {order.order.title.zh}")
    for name, value in order.order.parameters.items():
        print(f"         {name} {value}")
    print(f"why      {decision.why.en}\n         {decision.why.zh}")
    for other in decision.alternatives:
        print(f"         not chosen: {other.en}")
    print(f"by       loop {decision.rule}, pack version {force.version or 'not told'}, ", end="")
    print(f"settings version {force.rule_version} ({force.sha256[:16]}…)")
    for name, value in force.settings.items():
        print(f"         {name} {value}, by {force.by} and {force.second}: {force.reason}")
    if answer.effect is not None:
        print(f"effect   {answer.effect.why.en}")
    print("what happened")
    for told in answer.timeline:
        print(f"  {shown(told.line.at)}  #{told.offset:<8} {line_words(told.line).en}")
    streams = ", ".join(f"{many} of {stream}" for stream, many in answer.told.items())
    print(f"records since the order before: {streams or 'none'}")
    for one in answer.heard[-RECORDS_SHOWN:]:
        values = ", ".join(f"{name} {value:g}" for name, value in one.seen.numbers.items())
        at = shown(one.seen.observed_at)
        print(f"  {at}  #{one.seen.offset:<8} {one.mark:5} {one.seen.stream}: {values}")
    if answer.moved:
        print(f"  {answer.moved} entries moved to history files; the proof has their hashes")
    print(
        f"'haihe proof {order.id}' proves it offline; 'haihe why {order.id} --replay' decides it "
    )
    print("once more from the log and compares")
