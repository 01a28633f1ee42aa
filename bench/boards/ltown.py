"""Leaks in L-TOWN, from its recorded inlet flows and tank level, beside a night-flow CUSUM."""

import csv
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Final

import numpy as np

from bench.boards.data import folder
from bench.boards.ltown_files import (
    HILL,
    INLETS,
    PUMP,
    TANK,
    TOWN,
    TrueLeak,
    read_leaks,
    read_meters,
    read_network,
)
from bench.boards.ltown_score import Found, Raised, Score, score
from bench.boards.night_flow import NightChart, Nights, night_flow
from bench.rows import HIGHER, Figure, Options, Row, row
from haihe.detect import Balance, Leak, LeakSize, Seen, Store
from haihe.model.time import format_instant

LARGE_M3_H: Final = 20.0  # The issue's: those must be found within ``LARGE_DAYS``.
LARGE_DAYS: Final = 3.0
CASE: Final = "L-TOWN leaks from flows"
PEER: Final = "night-flow CUSUM, best setting"
# What a night-flow CUSUM is given, around Montgomery's k = 0.5 and h = 5.
SLACKS: Final = (0.25, 0.5, 1.0, 1.5)
WIDTHS: Final = (3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
WARM_UPS: Final = (7, 10, 14)


def measure(options: Options) -> list[Row]:
    """Leaks found, days late and false alarms on the recorded flows."""
    place = folder(options, "ltown")
    if place is None:
        return []
    options.say("the leaks of L-TOWN, from its flows")
    network, meters = read_network(place), read_meters(place)
    districts = {
        TOWN: Balance(INLETS, outflows=(PUMP,)),
        HILL: Balance((PUMP,), stores=(Store(TANK, area_m2=network.tank_m2),)),
    }
    record = range(int(meters.at[0]), int(meters.at[-1]))
    leaks = [leak for leak in read_leaks(place, network) if leak.start_at <= record.stop]
    raised = [
        alarm
        for district, balance in districts.items()
        for alarm in find(meters.seen, balance, district=district)
    ]
    ours = score(raised, leaks, record=record)
    nights = {district: night_flow(meters, balance) for district, balance in districts.items()}
    peer = best_night_flow(nights, leaks, record=record)
    if options.scores is not None:
        _write(ours, options.scores / "ltown.csv")
    return [*_rows(ours, peer), _held(raised, leaks)]


def find(seen: Seen, balance: Balance, *, district: str) -> list[Raised]:
    """What ``Leak`` raises in one district, as it is shipped; only the zone is told."""
    detector = Leak(balance, zone=0)
    _, found = detector.step(detector.start(), seen)
    return [
        Raised(district, finding.at, LeakSize.read(finding.detail))
        for finding in found
        if finding.raised
    ]


def best_night_flow(
    nights: Mapping[str, Nights], leaks: Sequence[TrueLeak], *, record: range
) -> Score:
    """The night-flow CUSUM at the setting that does best on these very leaks."""
    scores = []
    for slack, width, warm_up, apart in product(SLACKS, WIDTHS, WARM_UPS, (False, True)):
        chart = NightChart(slack, width, warm_up=warm_up, weekends_apart=apart)
        raised = [
            Raised(district, at)
            for district, each in nights.items()
            for at in chart.raised_at(each)
        ]
        scores.append(score(raised, leaks, record=record))
    return max(scores, key=lambda each: (each.hits - each.false, -_mean_late(each.found)))


def _large(found: Sequence[Found]) -> list[Found]:
    return [each for each in found if each.leak.flow_m3_h > LARGE_M3_H]


def _worst_late(found: Sequence[Found]) -> float:
    return max((each.days_late for each in found), default=0.0)


def _mean_late(found: Sequence[Found]) -> float:
    late = [each.days_late for each in found if each.by is not None]
    return float(np.mean(late)) if late else 0.0


def _rows(ours: Score, peer: Score) -> list[Row]:
    worst = "above 20 m3/h, days late at worst"
    both = [each for each in zip(ours.found, peer.found, strict=True) if each[0].by and each[1].by]
    mine, theirs = [each[0] for each in both], [each[1] for each in both]
    whole = len(ours.found)
    figures = [
        (Figure(CASE, f"found of {whole}", "1", ours.hits, peer.hits, HIGHER), peer.hits),
        (Figure(CASE, "false", "1", ours.false, peer.false), peer.false),
        (Figure(CASE, "raised again as it grew", "1", ours.again), peer.again),
        (
            Figure(CASE, worst, "d", _worst_late(_large(ours.found)), LARGE_DAYS),
            _worst_late(_large(peer.found)),
        ),
        (
            Figure(
                CASE, "days late, of those both found", "d", _mean_late(mine), _mean_late(theirs)
            ),
            _mean_late(theirs),
        ),
    ]
    return [row("sensing", figure, beside={PEER: float(beside)}) for figure, beside in figures]


def _held(raised: Sequence[Raised], leaks: Sequence[TrueLeak]) -> Row:
    share = 100 * float(np.mean([each.holds(leaks) for each in raised])) if raised else 0.0
    return row("sensing", Figure(CASE, "95 % intervals that hold", "%", share, None, HIGHER))


def _write(result: Score, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(("link", "district", "start", "raised", "low_m3_h", "high_m3_h", "true_m3_h"))
        for each in result.found:
            size = each.by.size if each.by else None
            told = (size.low_m3_h, size.high_m3_h) if size else ("", "")
            raised = format_instant(each.by.at) if each.by else ""
            start, flow = format_instant(each.leak.start_at), f"{each.leak.flow_m3_h:.1f}"
            out.writerow((each.leak.link, each.leak.district, start, raised, *told, flow))
