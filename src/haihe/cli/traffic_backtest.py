"""``traffic backtest``: a recorded stretch of the streets under the plan and under the loops."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from haihe.cli.common import add_json, open_log, progress, show_json
from haihe.cli.traffic_asking import OK, REFUSED, add_turns, clock, flips_of, instant_of
from haihe.model.time import DAY
from haihe.pack.contract import Pack
from haihe.pack.load import load_packs
from haihe.run.config import read_config
from haihe.run.studying import studied, study_of
from haihe.run.zone import HISTORY_FOLDER
from haihe.state.history import History
from haihe.twin.lane_day import Flip
from haihe.twin.street_day import RoadRun, StreetAnswer, StreetFit, StreetQuestion, StreetRun

STUDY: Final = "traffic.backtest"
PARTS: Final = 100  # Ours: a bar moves in hundredths.
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
        help="beside them the loops with other settings (signals.patience_s=90, "
        "tidal.hold_min=10) or the plan with other times (plan.J0101.offset_s=12, "
        "plan.J0101.stage0_s=40)",
    )  # fmt: skip
    asked.add_argument(
        "--running", action="append", default=[], metavar="NAME=VALUE",
        help="settings the loops run with, where they are not as shipped",
    )  # fmt: skip
    add_turns(asked, "the plan with the lane turned then beside; may be given again")
    asked.add_argument(
        "--parts",
        action="store_true",
        help="tell on standard error how much is done, in hundredths",
    )
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
    with telling(is_plain=options.parts) as tell:
        answer = studied(study, asked, history=history, tell=tell)
    if options.json:
        show_json(answer)
    else:
        sys.stdout.write("\n".join(lines_of(answer)) + "\n")
    return OK if answer.refused is None else REFUSED


@contextmanager
def telling(*, is_plain: bool) -> Iterator[Callable[[float], None]]:
    """What is called with the part done: a bar, or whole hundredths as lines for a program."""
    if not is_plain:
        with progress("driving the streets again", PARTS) as bar:
            task = bar.task_ids[0]
            yield lambda done: bar.update(task, completed=PARTS * done)
        return
    last = [-1]

    def tell(done: float) -> None:
        part = int(done * PARTS)
        if part > last[0]:
            last[0] = part
            sys.stderr.write(f"{part}\n")
            sys.stderr.flush()

    yield tell


def question_of(options: argparse.Namespace) -> StreetQuestion:
    """The question that the options ask.

    Raises ValueError if a day, a time or a setting is none.
    """
    from_at, to_at = (instant_of(options.day, told) for told in (options.from_at, options.to_at))
    to_at += DAY if to_at <= from_at else 0  # Past midnight.
    flips = tuple(
        Flip(flip.at + (DAY if flip.at < from_at else 0), flip.way) for flip in flips_of(options)
    )
    return StreetQuestion(
        from_at,
        to_at,
        options.seeds,
        other=tuple(map(_setting, options.set)),
        flips=tuple(sorted(flips, key=lambda flip: flip.at)),
        running=tuple(map(_setting, options.running)),
    )


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
    stretch = f"{clock(answer.from_at)} to {clock(answer.to_at)}"
    told = answer.refused or answer.sentence
    lines = [told.en, told.zh, "", stretch]
    for fit in answer.fits:
        lines += _fit(fit)
    if answer.runs:
        head = "".join(
            f"{name:>14}" for name in ("lost veh·h", "worst draw", "saved", "worst queue")
        )
        lines += ["", f"{'':36}{head}{'stops':>14}{'stranded':>10}"]
        lines += [_row(run) for run in answer.runs]
        lines += [f"  {run.title.en}: {_told(run)}" for run in answer.runs if run.settings]
        lines += ["", f"mean queue, {', '.join(run.title.en for run in answer.runs)}:"]
        lines += _roads(answer)
    return [*lines, *(f"- {one.en}" for one in answer.doubts)]


def _told(run: StreetRun) -> str:
    return ", ".join(f"{name}={value:g}" for name, value in run.settings)


def _roads(answer: StreetAnswer) -> list[str]:
    """Where the ways of steering differ the most."""
    rows = list(zip(*(run.roads for run in answer.runs), strict=True))

    def apart(row: Sequence[RoadRun]) -> float:
        means = [one.waiting_veh.mean for one in row]
        return min(means) - max(means)

    return [
        f"  {row[0].road:24}"
        + "".join(
            f"{f'{one.waiting_veh.mean:.1f}±{one.waiting_veh.deviation:.1f}':>14}" for one in row
        )
        for row in sorted(rows, key=apart)[:WORST]
    ]


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
    lost, saved, queue = (
        f"{one.mean:,.1f} ± {one.deviation:,.1f}"
        for one in (run.lost_veh_h, run.saved_veh_h, run.worst_queue_veh)
    )
    stops = f"{run.stops.mean:.2f} ± {run.stops.deviation:.2f}"
    cells = (lost, f"{run.lost_worst_veh_h:,.1f}", saved, queue, stops)
    return (
        f"{run.title.en:36}"
        + "".join(f"{one:>14}" for one in cells)
        + f"{run.stranded:>10}  {run.worst_road}"
    )
