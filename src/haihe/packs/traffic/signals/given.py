"""What was ordered of each junction, and whether what it shows since says that it was obeyed."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, IntArray
from haihe.model.time import SECOND
from haihe.packs.traffic.signals.heads import Shown
from haihe.packs.traffic.signals.told import SKEW_MOST

NONE: Final = -1  # Ours: no stage is numbered so.
PENDING: Final = 120 * SECOND  # Ours: later than that people are asked; the plan runs meanwhile.
DISOBEYED, OBEYED = 2, 1  # Ours: one stage left against an order weighs as two shown and kept.
REFUSES: Final = 5  # Ours: three stages astray, or one order that was never shown.
OBEYS: Final = 3  # Ours: then two orders in a row were shown and kept.
SENT: Final = 4  # Ours: as many changes as least greens allow within ``foreseen.FAR_S``.


@dataclass(frozen=True, slots=True)
class Given:
    """The orders in force; (junction,) each.

    stage: int64, as last ordered; -1 where nothing is in force.
    asked_at: int64, when that stage was first ordered; until_at: to when it holds; ns.
    left: int64, the stage shown then. turned: bool, whether that was another one.
    kept: bool, whether it has been shown since.
    faults: int64, how often the junction did something else of late; 0 to ``REFUSES``.
    sent, sent_at: int64 (junction, ``SENT``), the stages last ordered, the newest last, and when;
        -1 where there were fewer, or nothing is in force.
    """

    stage: IntArray
    asked_at: IntArray
    until_at: IntArray
    left: IntArray
    turned: BoolArray
    kept: BoolArray
    faults: IntArray
    sent: IntArray
    sent_at: IntArray

    @property
    def pending(self) -> BoolArray:
        """bool (junction,): ordered and not shown yet."""
        waits: BoolArray = (self.stage != NONE) & ~self.kept
        return waits


def nothing_given(junctions: int) -> Given:
    """Every junction runs its plan."""
    zeros, nobody = np.zeros(junctions, dtype=np.int64), np.zeros(junctions, dtype=np.bool_)
    return Given(
        np.full(junctions, NONE, dtype=np.int64), zeros, zeros.copy(), zeros.copy(), nobody,
        nobody.copy(), zeros.copy(), np.full((junctions, SENT), NONE, dtype=np.int64),
        np.zeros((junctions, SENT), dtype=np.int64),
    )  # fmt: skip


def watched(given: Given, shown: Shown, *, by_centre: int, now: int) -> Given:
    """Which orders are shown by now; an order that was not, or was left, is in force no more.

    by_centre: the plan a controller says to run while orders steer it; 0 if it does not say. What
        it shows under another plan is chance.
    """
    force = (given.stage != NONE) & (given.until_at > now)
    # A stage that was shown before it was ordered is what another order on its way will end.
    begun_at = np.maximum(shown.stage_at, shown.pattern_at)
    begun = ~given.turned | (begun_at > given.asked_at - SKEW_MOST)
    shows = ~shown.changing & (shown.stage == given.stage) & begun
    shows &= obeys(shown, by_centre=by_centre)
    elsewhere = ~shown.changing & (shown.stage != given.stage)
    # What was shown before it was ordered may still be so a moment later.
    strayed = force & given.kept & elsewhere
    late = force & ~given.kept & ~shows & (now - given.asked_at > PENDING)
    obeyed = force & ~given.kept & shows
    # An order to keep what is shown may be on its way still when the plan goes on. While it says
    # that orders steer it, it left the stage because a limit of its own ran out.
    guards = (by_centre != 0) & (shown.pattern == by_centre)
    blamed = strayed & ~guards & (given.turned | (now - given.asked_at > PENDING))
    faults = given.faults + DISOBEYED * blamed + REFUSES * late
    faults = faults - OBEYED * (obeyed & given.turned)
    after = replace(given, kept=given.kept | obeyed, faults=np.clip(faults, 0, REFUSES))
    return _ended(after, ~force | strayed | late)


def obeys(shown: Shown, *, by_centre: int) -> BoolArray:
    """bool (junction,): whether orders steer it, as far as it says so."""
    steered: BoolArray = (shown.pattern == by_centre) | (shown.pattern == 0) | (by_centre == 0)
    return steered


def dropped(given: Given, of: BoolArray) -> Given:
    """Nothing is in force at these junctions any more."""
    return replace(_ended(given, of), kept=given.kept & ~of)


def _ended(given: Given, of: BoolArray) -> Given:
    return replace(
        given,
        stage=np.where(of, NONE, given.stage),
        sent=np.where(of[:, None], NONE, given.sent),
    )


def asked(given: Given, stage: IntArray, *, of: BoolArray, left: IntArray, now: int) -> Given:
    """After ordering ``stage`` of these junctions; ``until_at`` is set by who words the order.

    left: the stage that is green when the order arrives; -1 where the plan runs until then.
    """
    new = of & (stage != given.stage)
    turned = stage != left
    return replace(
        given,
        stage=np.where(of, stage, given.stage),
        asked_at=np.where(new, now, given.asked_at),
        left=np.where(new, np.maximum(left, 0), given.left),
        turned=np.where(new, turned, given.turned),
        kept=np.where(new, ~turned, given.kept),
        sent=_pushed(given.sent, stage, of=new),
        sent_at=_pushed(given.sent_at, np.full_like(stage, now), of=new),
    )


def _pushed(rows: IntArray, values: IntArray, *, of: BoolArray) -> IntArray:
    """The rows with a newest value, where it is of these junctions."""
    return np.where(of[:, None], np.column_stack([rows[:, 1:], values]), rows)
