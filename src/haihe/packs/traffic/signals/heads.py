"""What the heads show, from the controllers' own events; never from what was ordered."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, IntArray
from haihe.model.time import SECOND
from haihe.packs.traffic.interlock import LONG_AGO, Heads
from haihe.packs.traffic.measures.events import Code
from haihe.packs.traffic.signals.state import Light
from haihe.packs.traffic.signals.told import Told
from haihe.packs.traffic.tables import Tables

LIGHTS: Final = {Code.GREEN: Light.GREEN, Code.YELLOW: Light.YELLOW, Code.RED: Light.RED}


@dataclass(frozen=True, slots=True)
class Shown:
    """What was last told of every head.

    light: int64 (junction, group), a ``Light``.
    since_at, green_at: int64 (junction, group), when it turned so, and when it last turned green;
        ns.
    clear_at: int64 (junction, group), when its last yellow was or will be over; ns.
    called_at: int64 (junction, group), since when somebody may wait for its green; ns;
        ``interlock.UNCALLED`` where nobody does. As ``calls.asked`` found it.
    stage: int64 (junction,), the stage that is green or was last; -1 before the first.
    stage_at: int64 (junction,), since when; ns.
    changing: bool (junction,), whether what is green is no stage.
    pattern: int64 (junction,), the plan it last said to run; 0 if it never said.
    local: int64 (junction,), the last of its own plans that it said to run; 0 if it never said.
    pattern_at: int64 (junction,), since when; ns.
    """

    light: IntArray
    since_at: IntArray
    green_at: IntArray
    clear_at: IntArray
    called_at: IntArray
    stage: IntArray
    stage_at: IntArray
    changing: BoolArray
    pattern: IntArray
    local: IntArray
    pattern_at: IntArray


def dark(tables: Tables) -> Shown:
    """Nothing told yet."""
    shape = tables.least_s.shape
    long_ago = np.full(shape, LONG_AGO, dtype=np.int64)
    return Shown(
        light=np.full(shape, Light.UNKNOWN, dtype=np.int64),
        since_at=np.zeros(shape, dtype=np.int64),
        green_at=long_ago,
        clear_at=long_ago.copy(),
        called_at=long_ago.copy(),
        stage=np.full(shape[0], -1, dtype=np.int64),
        stage_at=np.zeros(shape[0], dtype=np.int64),
        changing=np.ones(shape[0], dtype=np.bool_),
        pattern=np.zeros(shape[0], dtype=np.int64),
        local=np.zeros(shape[0], dtype=np.int64),
        pattern_at=np.zeros(shape[0], dtype=np.int64),
    )


def followed(tables: Tables, shown: Shown, *, told: Told, by_centre: int = 0) -> Shown:
    """What the heads show after the turn's events.

    by_centre: the plan a controller says to run while orders steer it, which is none of its own.
    """
    width = shown.light.shape[1]
    patterns = told.code == Code.PATTERN
    if patterns.any():
        pattern, pattern_at = shown.pattern.copy(), shown.pattern_at.copy()
        pattern[told.junction[patterns]] = told.parameter[patterns]
        own = patterns & (told.parameter != by_centre)
        local = shown.local.copy()
        local[told.junction[own]] = told.parameter[own]
        pattern_at[told.junction[patterns]] = told.at[patterns]
        shown = replace(shown, pattern=pattern, pattern_at=pattern_at, local=local)
    lit = np.isin(told.code, list(LIGHTS)) & (told.parameter >= 1) & (told.parameter <= width)
    if not lit.any():
        return shown
    key = (told.junction * width + told.parameter - 1)[lit]
    code, at = told.code[lit], told.at[lit]
    light, since = shown.light.ravel().copy(), shown.since_at.ravel().copy()
    green_at, clear_at = shown.green_at.ravel().copy(), shown.clear_at.ravel().copy()
    values = np.select([code == Code.GREEN, code == Code.YELLOW], [Light.GREEN, Light.YELLOW], 0)
    light[key] = values  # In order of time: of a repeated key NumPy keeps the last.
    since[key] = at
    greens, yellows, reds = (code == one for one in (Code.GREEN, Code.YELLOW, Code.RED))
    np.maximum.at(green_at, key[greens], at[greens])
    yellow = tables.yellow_s.ravel()[key[yellows]] * SECOND
    np.maximum.at(clear_at, key[yellows], at[yellows] + yellow)
    np.maximum.at(clear_at, key[reds], at[reds])
    shape = shown.light.shape
    return _staged(
        tables,
        replace(
            shown,
            light=light.reshape(shape),
            since_at=since.reshape(shape),
            green_at=green_at.reshape(shape),
            clear_at=clear_at.reshape(shape),
        ),
    )


def _staged(tables: Tables, shown: Shown) -> Shown:
    """The stage that is green: exactly its groups are. Heads never heard of are red since then."""
    green = shown.light == Light.GREEN
    fits = (tables.green == green[:, None, :]).all(axis=2) & tables.valid
    fits &= green.any(axis=1)[:, None]
    found, stage = fits.any(axis=1), fits.argmax(axis=1)
    began = np.where(green, shown.green_at, LONG_AGO).max(axis=1, initial=LONG_AGO)
    unheard = found[:, None] & (shown.light == Light.UNKNOWN)
    return replace(
        shown,
        light=np.where(unheard, Light.RED, shown.light),
        clear_at=np.where(unheard, began[:, None], shown.clear_at),
        stage=np.where(found, stage, shown.stage),
        stage_at=np.where(found, began, shown.stage_at),
        changing=~found,
    )


def heads_of(tables: Tables, shown: Shown, *, ordered: IntArray, now: int) -> Heads:
    """The same as the interlock remembers it, to judge a wish by.

    ordered: int64 (junction,), the stage that a change under way is thought to lead to; -1 if
        nobody ordered one.
    """
    at = np.arange(len(shown.stage))
    stage = np.maximum(shown.stage, 0)
    target = np.where(shown.changing & (ordered >= 0), ordered, stage)
    loses = tables.green[at, stage] & ~tables.green[at, target]
    began_at = np.where(loses, shown.clear_at - tables.yellow_s * SECOND, LONG_AGO)
    ends_at = began_at.max(axis=1, initial=LONG_AGO) + tables.change_s[at, stage, target] * SECOND
    return Heads(
        stage=stage,
        target=target,
        full_at=np.where(shown.changing, np.maximum(ends_at, now + SECOND), shown.stage_at),
        green_at=shown.green_at,
        clear_at=shown.clear_at,
        called_at=shown.called_at,
    )
