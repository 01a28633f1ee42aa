"""``traffic backtest``: a recorded stretch of the streets under the plan and under the loops."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from haihe.cli.common import add_json, open_log, progress, show_json
from haihe.model.time import BEIJING, DAY, MINUTE, format_instant, parse_instant
from haihe.pack.contract import Pack
from haihe.pack.load import load_packs
from haihe.run.config import read_config
from haihe.run.studying import studied, study_of
from haihe.run.zone import HISTORY_FOLDER
from haihe.state.history import History
from haihe.twin.street_day import StreetAnswer, StreetFit, StreetQuestion, StreetRun

OK, REFUSED = 0, 1
STUDY: Final = "traffic.backtest"
WORST: Final = 5  # Ours: roads whose queues differ the most, to look at first.


def add_to(acts: Any) -> None:
    """The command and its options."""
    asked = acts.add_parser(
        "backtest", help="signals and lane against the plan; 1 if the record does not carry it"
    )
    asked.add_argument("data", type=Path, metavar="FOLDER", help="data folder; a server may run")
    asked.add_argument("--day", required=True, metavar="YYYY-MM-DD")
    asked.add_argument("--from", dest="from_at", default="07:00", metavar="HH:MM")
    asked.add_argument("--to", dest="to_at", default="09:00", metavar="HH:MM")
    asked.add_argument("--seeds", type=int, default=3, help="draws of the arrivals (3)")
    asked.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE",
        help="the loops with other settings beside: signals.patience_s=90, tidal.hold_min=10",
    )  # fmt: skip
    add_json(asked)
    asked.set_defaults(run=run_backtest)


def run_backtest(options: argparse.Namespace, packs: Sequence[Pack] | None = None) -> int:
    """Print the answer; 1 if the record has holes or the twin does not fit.

    packs: for tests; None for those of the data folder.
    Raises ValueError if the question is none.
    """
    asked = question_of(options)
    log = open_log(options.data)
    if packs is None:
        packs = load_packs(read_config(options.data).packs).packs
    study = study_of(packs, STUDY, question=StreetQuestion, answer=StreetAnswer)
    history = History(log, options.data / HISTORY_FOLDER)
    with progress("driving the streets again", 100) as bar:
        task = bar.task_ids[0]
        answer = studied(
            study, asked, history=history, tell=lambda done: bar.update(task, completed=100 * done)
        )
    if options.json:
        show_json(answer)
    else:
        sys.stdout.write("\n".join(lines_of(answer)) + "\n")
    return OK if answer.refused is None else REFUSED


def question_of(options: argparse.Namespace) -> StreetQuestion:
    """The question that the options ask.

    Raises ValueError if a day, a time or a setting is none.
    """
    from_at, to_at = (_at(options.day, told) for told in (options.from_at, options.to_at))
    to_at += DAY if to_at <= from_at else 0  # Past midnight.
    return StreetQuestion(from_at, to_at, options.seeds, tuple(map(_setting, options.set)))


def _at(day: str, told: str) -> int:
    try:
        return parse_instant(f"{day}T{told}:00+08:00")
    except ValueError as error:
        raise ValueError(
            f"'{day}' with '{told}' is no time; write the day as 2026-11-20, the time as 07:10."
        ) from error


def _setting(pair: str) -> tuple[str, float]:
    name, _, value = pair.partition("=")
    try:
        return name, float(value)
    except ValueError as error:
        raise ValueError(
            f"'{pair}' is no setting with a number; write it as signals.patience_s=90."
        ) from error


def lines_of(answer: StreetAnswer) -> list[str]:
    """The answer as text: the sentence, how well the twin fits, a table."""
    stretch = " to ".join(
        format_instant(at - at % MINUTE, zone=BEIJING)[:16].replace("T", " ")
        for at in (answer.from_at, answer.to_at)
    )
    told = answer.refused or answer.sentence
    lines = [told.en, told.zh, "", stretch]
    for fit in answer.fits:
        lines += _fit(fit)
    if answer.runs:
        names = f"{'lost veh·h':>14}{'saved':>14}{'worst queue':>14}{'stops':>12}{'stranded':>10}"
        head = f"{'':32}{names}"
        lines += ["", head, *(_row(run) for run in answer.runs)]
    return lines


def _fit(fit: StreetFit) -> list[str]:
    verdict = "fits" if fit.is_good else "does not fit"
    lines = [
        f"under the {fit.run} the twin {verdict}: stood {fit.twin_waited_veh_h:,.1f} vehicle "
        f"hours, recorded {fit.waited_veh_h:,.1f}; passed {fit.twin_passed_veh:,.0f} stop lines, "
        f"recorded {fit.passed_veh:,.0f}; {fit.close:.0%} of the roads' flows close; a road's "
        f"mean queue within {fit.waiting_error_veh:.1f}"
    ]
    worst = sorted(fit.roads, key=lambda one: -abs(one.waiting_veh - one.twin_waiting_veh))
    for one in worst[:WORST]:
        lines.append(
            f"  {one.road:24} waiting {one.twin_waiting_veh:6.1f} of {one.waiting_veh:6.1f}, "
            f"flow {one.twin_flow_veh_h:6,.0f} of {one.flow_veh_h:6,.0f} veh/h"
        )
    return lines


def _row(run: StreetRun) -> str:
    cells = [
        f"{one.mean:,.1f} ± {one.deviation:,.1f}"
        for one in (run.lost_veh_h, run.saved_veh_h, run.worst_queue_veh)
    ]
    stops = f"{run.stops.mean:.2f} ± {run.stops.deviation:.2f}"
    return (
        f"{run.title.en:32}"
        + "".join(f"{one:>14}" for one in cells)
        + f"{stops:>12}{run.stranded:>10}  {run.worst_road}"
    )
