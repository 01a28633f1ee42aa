"""``traffic what-if``: a recorded day of a reversible lane, had it been turned otherwise."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from haihe.cli import traffic_backtest
from haihe.cli.common import add_json, open_log, progress, settings_of, show_json
from haihe.cli.traffic_asking import OK, REFUSED, add_turns, clock, flips_of, instant_of
from haihe.model.time import DAY, HOUR, MINUTE
from haihe.pack.contract import Pack
from haihe.pack.load import load_packs
from haihe.run.config import read_config
from haihe.run.studying import studied, study_of
from haihe.run.zone import HISTORY_FOLDER
from haihe.state.history import History
from haihe.twin.lane_day import LaneAnswer, LaneQuestion, LaneRun, OtherLoop

STUDY: Final = "traffic.what-if"
BEFORE, AFTER_FIRST, AFTER_LAST = 1 * HOUR, 3 * HOUR, 90 * MINUTE  # Ours: a tide, and its end.
FIRST: Final = "07:30"  # Ours: about when a morning's tide is asked about.
BLOCKS: Final = " ▁▂▃▄▅▆▇█"
MARKS: Final = {"inbound": "▶", "outbound": "◀", "closed": "×"}
COLUMNS: Final = 72  # Ours: with the names in front, a screen of 104 columns.


def add_to(commands: Any) -> None:
    """The command and its options."""
    traffic = commands.add_parser("traffic", help="ask recorded days of the traffic pack")
    acts = traffic.add_subparsers(title="what to do", metavar="what-if|backtest", required=True)
    asked = acts.add_parser(
        "what-if", help="had the lane been turned otherwise; 1 if the record does not carry it"
    )
    asked.add_argument("data", type=Path, metavar="FOLDER", help="data folder; a server may run")
    asked.add_argument("--day", required=True, metavar="YYYY-MM-DD")
    asked.add_argument("--lane", required=True, help="such as lane/avenue")
    add_turns(asked, "turn it then; may be given again")
    asked.add_argument(
        "--from",
        dest="from_at",
        metavar="HH:MM",
        help="default: an hour before, or the record's begin",
    )
    asked.add_argument("--to", dest="to_at", metavar="HH:MM", help="default: three hours after")
    asked.add_argument("--seeds", type=int, default=10, help="draws of the arrivals (10)")
    asked.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE",
        help="the loop with other settings beside: hold=10min, factor=1.2, gain=3, share=0.5",
    )  # fmt: skip
    asked.add_argument("--search", action="store_true", help="look for the best of a coarse grid")
    add_json(asked)
    asked.set_defaults(run=run_what_if)
    traffic_backtest.add_to(acts)


def run_what_if(options: argparse.Namespace, packs: Sequence[Pack] | None = None) -> int:
    """Print the answer; 1 if the record has holes or the twin does not fit.

    packs: for tests; None for those of the data folder.
    Raises ValueError if the question is none.
    """
    log = open_log(options.data)
    if packs is None:
        packs = load_packs(read_config(options.data).packs).packs
    study = study_of(packs, STUDY, question=LaneQuestion, answer=LaneAnswer)
    history = History(log, options.data / HISTORY_FOLDER)
    asked = question_of(options, last_at=log.received_at)
    with progress("driving the day again", 100) as bar:
        task = bar.task_ids[0]
        answer = studied(
            study, asked, history=history, tell=lambda done: bar.update(task, completed=100 * done)
        )
    if options.json:
        show_json(answer)
    else:
        sys.stdout.write("\n".join(lines_of(answer)) + "\n")
    return OK if answer.refused is None else REFUSED


def question_of(options: argparse.Namespace, *, last_at: int) -> LaneQuestion:
    """The question that the options ask.

    last_at: where the record ends; ns.
    Raises ValueError if a day, a time or a setting is none.
    """
    flips = flips_of(options)
    first = flips[0].at if flips else instant_of(options.day, FIRST)
    last = flips[-1].at if flips else first
    from_at = instant_of(options.day, options.from_at) if options.from_at else first - BEFORE
    until = max(first + AFTER_FIRST, last + AFTER_LAST)
    to_at = instant_of(options.day, options.to_at) if options.to_at else min(until, last_at)
    to_at += DAY if options.to_at and to_at <= from_at else 0  # Past midnight.
    if to_at <= from_at:
        raise ValueError(
            f"the record ends at {clock(last_at)}, before the stretch begins; name another day."
        )
    return LaneQuestion(
        lane=options.lane,
        from_at=from_at,
        to_at=to_at - to_at % MINUTE,
        may_begin_later=not options.from_at,
        flips=flips,
        seeds=options.seeds,
        other=_other(options.set),
        search=options.search,
    )


def _other(pairs: list[str]) -> OtherLoop | None:
    """The settings to try; None if there are none.

    Raises ValueError if one is not known or no number.
    """
    told: dict[str, float] = {}
    names = {
        "hold": "minimum_hold_min", "factor": "factor", "gain": "gain_least_veh_h",
        "share": "share_least",
    }  # fmt: skip
    for name, value in settings_of(pairs).items():
        if name not in names:
            raise ValueError(f"the loop has no setting '{name}'; it has {', '.join(names)}.")
        try:
            told[names[name]] = float(value) / (MINUTE if name == "hold" else 1)
        except ValueError as error:
            raise ValueError(f"'{value}' is no number for {name}; write hold=10min.") from error
    return OtherLoop(**told) if told else None


def lines_of(answer: LaneAnswer) -> list[str]:
    """The answer as text: the sentence, the fit, a table, and curves."""
    if answer.refused is not None:
        return [f"{answer.lane}: {answer.refused.en}", answer.refused.zh, *_fit(answer)]
    head = f"{'':30}{'lost veh·h':>14}{'saved':>14}{'worst queue':>14}{'stranded':>10}  turned at"
    table = [head, *(_row(run) for run in answer.runs)]
    minutes = len(answer.demand_veh_h[0])
    curves = [f"{clock(answer.from_at)} to {clock(answer.to_at)}; one column: "
              f"{max(1, -(-minutes // COLUMNS))} min; ▶ inbound, ◀ outbound, × closed"]  # fmt: skip
    for name, rows in (
        ("demand veh/h", answer.demand_veh_h),
        ("queue as recorded", answer.queue_veh),
    ):
        curves += _curves(name, rows)
    curves += _curves("queue in the twin", answer.twin_queue_veh)
    for run in answer.runs:
        curves += [f"{run.title.en:30}{_ways(run, answer)}", *_curves("  queue", run.queue_veh)]
    return [answer.sentence.en, answer.sentence.zh, "", *_fit(answer), "", *table, "", *curves]


def _fit(answer: LaneAnswer) -> list[str]:
    fit = answer.fit
    if fit is None:
        return []
    return [
        f"the twin gives the day back: {fit.twin_waited_veh_h:,.1f} vehicle hours waited, recorded "
        f"{fit.waited_veh_h:,.1f}; queues within {fit.error_veh:,.1f} of at most "
        f"{fit.worst_veh:,.0f} vehicles; capacity {fit.capacity_factor:.2f} of what is set, "
        f"{fit.red_s:.0f} s at red lights"
    ]


def _row(run: LaneRun) -> str:
    told = [
        f"{one.mean:,.1f} ± {one.deviation:,.1f}"
        for one in (run.lost_veh_h, run.saved_veh_h, run.worst_queue_veh)
    ]
    times = ", ".join(f"{clock(flip.at)[11:]} {flip.way}" for flip in run.flips) or "-"
    return f"{run.title.en:30}" + "".join(f"{one:>14}" for one in told) + (
        f"{run.stranded:>10}  {times}"
    )  # fmt: skip


def _curves(name: str, rows: Sequence[Sequence[float]]) -> list[str]:
    """Both ways as blocks, on one scale."""
    most = max((max(row, default=0.0) for row in rows), default=0.0)
    ways = ("in", "out")
    return [
        f"{f'{name} {way}, to {most:,.0f}':30}{_blocks(row, most=most)}"
        for way, row in zip(ways, rows, strict=False)
    ]


def _blocks(row: Sequence[float], *, most: float) -> str:
    every = max(1, -(-len(row) // COLUMNS))
    tops = [max(row[at : at + every]) for at in range(0, len(row), every)]
    return "".join(BLOCKS[round(top / most * (len(BLOCKS) - 1)) if most else 0] for top in tops)


def _ways(run: LaneRun, answer: LaneAnswer) -> str:
    every = max(1, -(-len(answer.demand_veh_h[0]) // COLUMNS)) * MINUTE
    marks = []
    for at in range(answer.from_at, answer.to_at, every):
        band = next((one for one in run.bands if one.from_at <= at < one.to_at), run.bands[-1])
        marks.append(MARKS[band.way])
    return "".join(marks)
