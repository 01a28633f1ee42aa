"""Before and after: what differs between two stretches, and whether that is more than chance."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Final

import numpy as np

from haihe.model import Text
from haihe.model.arrays import FloatArray
from haihe.model.time import HOUR
from haihe.pack.signals import DifferenceTold, Stretch, Told
from haihe.packs.traffic.charts.catalog import CATALOG, Kind, Part
from haihe.packs.traffic.charts.junction import events_of, missing_of, own_detectors
from haihe.packs.traffic.charts.site import Site

BINS_LEAST: Final = 4  # Ours: an hour of quarter hours; of fewer nobody knows how they scatter.
Z: Final = 1.959964  # Of 95 %, both sides.
SIGNS: Final = {1: "better", 0: "changed", -1: "worse"}


@dataclass(frozen=True)
class _Figure:
    """A measure of some junctions over a stretch.

    whole: of all of it; nan if nothing was measured. bins: float64 (bin,), of those with something.
    """

    whole: float
    bins: FloatArray


def compared(
    site: Site,
    before: Mapping[str, Told],
    *,
    after: Mapping[str, Told],
    stretches: tuple[Stretch, Stretch],
) -> tuple[DifferenceTold, ...]:
    """Each measure before and after; junctions by their ids, all of them together."""
    found = []
    for kind in CATALOG:
        if kind.better is None:
            continue
        one = _figure(site, before, kind=kind, stretch=stretches[0])
        other = _figure(site, after, kind=kind, stretch=stretches[1])
        reach = _reach(one, other)
        verdict = _verdict(one, other, reach=reach, better=kind.better)
        unit = f"{'' if kind.unit == '1' else kind.unit}/h" if kind.hourly else kind.unit
        found.append(
            DifferenceTold(
                name=kind.name,
                title=kind.title,
                unit=unit,
                before=_known(one.whole),
                after=_known(other.whole),
                bins_before=len(one.bins),
                bins_after=len(other.bins),
                verdict=verdict,
                words=_words(one, other, verdict=verdict, unit=unit),
                low=None if reach is None else _known(other.whole - one.whole - reach),
                high=None if reach is None else _known(other.whole - one.whole + reach),
            )
        )
    return tuple(found)


def _figure(site: Site, told: Mapping[str, Told], *, kind: Kind, stretch: Stretch) -> _Figure:
    bins = np.arange(stretch.from_at, stretch.to_at, stretch.every)
    total, weight = np.zeros(len(bins)), np.zeros(len(bins))
    for junction, records in told.items():
        device = site.device(junction)
        detectors = own_detectors(site, device)
        events = events_of(records, device).until(stretch.to_at)
        own = events.since(stretch.from_at)
        if missing_of(kind, own, detectors=detectors).en:
            continue
        made = kind.make(Part(events, stretch.every, detectors))
        inside = np.isin(made.at, bins)
        place = np.searchsorted(bins, made.at[inside])
        parts = made.value[inside] * (1.0 if kind.adds else made.weight[inside])
        total += np.bincount(place, weights=parts, minlength=len(bins))
        if kind.adds:  # A bin in which the controller spoke and nothing was counted is 0.
            weight[np.isin(bins, own.at // stretch.every * stretch.every)] = 1.0
        else:
            weight += np.bincount(place, weights=made.weight[inside], minlength=len(bins))
    known = weight > 0
    scale = HOUR / stretch.every if kind.hourly else 1.0
    if not known.any():
        return _Figure(float("nan"), np.empty(0))
    whole = float(total[known].sum() / weight[known].sum()) * scale
    return _Figure(whole, total[known] / weight[known] * scale)


def _reach(before: _Figure, after: _Figure) -> float | None:
    """Half the interval of 95 % confidence of the change; None of too few bins.

    Source: Welch, Biometrika 34, 1947; degrees of freedom after Satterthwaite.
    """
    parts = [one.bins.var(ddof=1) / len(one.bins) for one in (before, after) if len(one.bins) > 1]
    if min(len(before.bins), len(after.bins)) < BINS_LEAST:
        return None
    total = float(sum(parts))
    if total == 0.0:
        return 0.0
    sizes = (len(before.bins), len(after.bins))
    freedom = total**2 / sum(
        float(part) ** 2 / (size - 1) for part, size in zip(parts, sizes, strict=True)
    )
    return student(freedom) * sqrt(total)


def student(freedom: float) -> float:
    """How many standard errors hold 95 %, by degrees of freedom; at least 3.

    Source: Abramowitz and Stegun, 26.7.5.

    >>> round(student(10.0), 2), round(student(1e9), 2)
    (2.23, 1.96)
    """
    first = (Z**3 + Z) / 4
    second = (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96
    third = (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384
    return Z + first / freedom + second / freedom**2 + third / freedom**3


def _verdict(before: _Figure, after: _Figure, *, reach: float | None, better: int) -> str:
    if reach is None:
        return "unknown"
    change = after.whole - before.whole
    if abs(change) <= reach or change == 0.0:
        return "alike"
    return SIGNS[better if change > 0 else -better]


def _known(value: float) -> float | None:
    return round(value, 3) if isfinite(value) else None


def _words(before: _Figure, after: _Figure, *, verdict: str, unit: str) -> Text:
    """The difference in a sentence."""
    if not isfinite(before.whole) or not isfinite(after.whole):
        return Text(zh="至少一段时间没有数据", en="there is no data for one of the times")
    was, now = f"{before.whole:.4g}", f"{after.whole:.4g}"
    unit = "" if unit == "1" else f" {unit}"
    zh, en = f"由 {was} 变为 {now}{unit}", f"from {was} to {now}{unit}"
    if verdict == "unknown":
        least = min(len(before.bins), len(after.bins))
        return Text(
            zh=f"{zh}；只有 {least} 个时段有数据，不足以判断",
            en=f"{en}; {least} bins with data are too few to tell",
        )
    if verdict == "alike":
        return Text(
            zh=f"{zh}；没有超出各时段本来的波动",
            en=f"{en}; no more than bins differ anyway",
        )
    return Text(zh=f"{zh}；超出各时段本来的波动", en=f"{en}; more than bins differ anyway")
