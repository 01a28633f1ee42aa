"""Whose data comes: a junction that is silent, or shows no stage, is given back to its plan."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model import Decision
from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.model.time import MINUTE, SECOND
from haihe.packs.traffic.signals import words
from haihe.packs.traffic.signals.heads import Shown
from haihe.packs.traffic.signals.site import Site

SILENT: Final = 30 * SECOND  # Ours: three polls of ten seconds.
# Ours: where so many vehicles were expected, chance explains a silence once in 150 times.
EXPECTED_VEH: Final = 5.0
QUIET: Final = 150 * SECOND  # Ours: the most red and a change; no signal shows nothing for longer.
DIM: Final = 1 * MINUTE  # Ours: three changes; heads that show no stage for so long are not known.


@dataclass(frozen=True, slots=True)
class Trust:
    """Who is heard; (junction,) each.

    heard_at: int64, when it was last received; ns; 0 if never.
    steady_at: int64, when its heads last showed a stage; ns; 0 if never.
    lost: bool, whether it is not steered because its data does not come.
    lost_at: int64, since when; ns.
    """

    heard_at: IntArray
    steady_at: IntArray
    lost: BoolArray
    lost_at: IntArray


def all_lost(junctions: int) -> Trust:
    """Nobody was ever heard."""
    zeros = np.zeros(junctions, dtype=np.int64)
    return Trust(zeros, zeros.copy(), np.ones(junctions, dtype=np.bool_), zeros.copy())


@dataclass(frozen=True, slots=True)
class Heard:
    """What came in this turn.

    now: ns.
    fresh: int64 (junction,), when each was received in this turn; 0 where it was not.
    flow: float64 (junction, lane), vehicles a second that are expected.
    """

    now: int
    fresh: IntArray
    flow: FloatArray


def trusted(
    site: Site, trust: Trust, *, shown: Shown, heard: Heard
) -> tuple[Trust, list[Decision]]:
    """Who is lost now and who is back, with a word on each.

    Lost is who was silent though vehicles were expected, or for longer than any stage lasts, or
    whose heads show no stage. Back is who has shown a stage begun since.
    """
    now, fresh = heard.now, heard.fresh
    heard_at = np.maximum(trust.heard_at, fresh)
    steady_at = np.where(~shown.changing & (fresh > 0), fresh, trust.steady_at)
    silent_s = (now - heard_at) / SECOND
    expected = heard.flow.sum(axis=1) * silent_s
    quiet = (now - heard_at > SILENT) & ((expected >= EXPECTED_VEH) | (now - heard_at > QUIET))
    dim = shown.changing & (now - steady_at > DIM) & (now - heard_at <= SILENT)
    leaves = ~trust.lost & (quiet | dim)
    returns = trust.lost & (fresh > 0) & ~shown.changing & (shown.stage_at > trust.lost_at)
    decisions: list[Decision] = []
    for at in np.flatnonzero(leaves).tolist():
        reason = (
            words.silent(site, at, silent_s=float(silent_s[at]), expected_veh=float(expected[at]))
            if quiet[at]
            else words.dim(site, at, dim_s=float(now - steady_at[at]) / SECOND)
        )
        decisions.append(words.local(site, at, why=reason))
    again = returns & (trust.lost_at > 0)
    decisions += [words.back(site, at) for at in np.flatnonzero(again).tolist()]
    lost = (trust.lost | leaves) & ~returns
    lost_at = np.where(leaves, now, trust.lost_at)
    return Trust(heard_at, steady_at, lost, lost_at), decisions
