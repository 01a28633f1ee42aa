"""Fans and pumps of every zone as frozen arrays: what they were told, do and report."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray, IndexArray, IntArray
from haihe.packs.gallery.physics import float_switch
from haihe.packs.gallery.place import PUMPS

FAN_RPM: Final = 1450.0  # Ours: a four-pole motor under load.
FAN_SPIN_H: Final = 15.0 / 3600.0  # Ours: an axial fan is up to speed in a quarter of a minute.
DUTY_ON_M: Final = 0.9  # Ours: where the duty pump's float switch starts it.
DUTY_OFF_M: Final = 0.4  # Ours: where it stops it.
DRY_OFF_M: Final = 0.25  # Ours: no order makes a pump run dry below this,
DRY_ON_M: Final = 0.4  # and it runs again from here.
PUMP_M3_H: Final = 30.0  # Ours: a usual sump pump of 4 kW at 10 m head.
PUMP_A: Final = 8.5  # Ours: the rated current of a 4 kW motor at 400 V.
PUMP_MM_S: Final = 1.8  # ISO 10816-1, class II: well within what is good for long operation.
FREE_MM_S: Final = 1.4  # Ours: the end away from the drive shakes less,
FREE_SHARE: Final = 0.6  # and takes this share of what wear adds.
# Ours, after data sheets: one standard deviation of each channel of ``gallery.machine``.
MONITOR_SIGMA: Final = np.array([0.08, 1.5, 0.8, 0.3, 0.12, 0.1, 0.2, 0.2])
PUMP_V: Final = 400.0  # GB/T 156: the nominal voltage of a three-phase network.
PUMP_KPA: Final = 98.0  # Ours: 10 m of water at the outlet at full flow.
FLOW_A: Final = 0.4  # Ours: share of the current that goes with the flow of a radial impeller.
PUMP_COLD_DEGC: Final = 20.0  # Ours: a pump at rest in its sump.
PUMP_WARM_DEGC: Final = 35.0  # Ours: how much warmer the winding gets.
WARM_H: Final = 1.0 / 120.0  # Ours: its hot spot, in the water it pumps, follows in half a minute.
BEARING_WARM_DEGC: Final = 20.0  # Ours: how much warmer the bearing gets,
BEARING_WARM_H: Final = 1.0 / 60.0  # in a minute.
WORN_FLOW: Final = 0.08  # Ours: of the flow lost for each mm/s that wear adds,
LOST_FLOW_MAX: Final = 0.8  # Ours: at most this share is lost to wear and clogging.
WORN_A: Final = 0.4  # Ours: A more for each mm/s that wear adds.
WORN_DEGC: Final = 3.0  # Ours: degC more for each mm/s that wear adds,
WORN_BEARING_DEGC: Final = 6.0  # and in the bearing.


@dataclass(frozen=True, slots=True)
class Fans:
    """The fans of every zone.

    target: float64 (zone,), 0 or 1, what they were told.
    speed: float64 (zone,), share of full speed.
    """

    target: FloatArray
    speed: FloatArray

    @staticmethod
    def at_rest(zones: int) -> "Fans":
        """Every fan stands still."""
        return Fans(np.zeros(zones), np.zeros(zones))

    def ordered(self, zone: int, *, to: float) -> "Fans":
        """Told to run (1) or to stop (0)."""
        target = self.target.copy()
        target[zone] = to
        return replace(self, target=target)

    def turned(self, hours: float, *, dead: BoolArray) -> "Fans":
        """After a step of spinning up or down.

        dead: bool (zone,), whether a fan only runs down, whatever it was told.
        """
        share = min(1.0, hours / FAN_SPIN_H)
        goal = np.where(dead, 0.0, self.target)
        return replace(self, speed=self.speed + (goal - self.speed) * share)

    def readings(self, noise: FloatArray) -> FloatArray:
        """What each says of itself, as ``gallery.fan`` has it; float64 (zone, 4).

        noise: float64 (zone, 1).
        """
        running = self.speed > 0.05  # Ours: below a twentieth a speed switch says it stands.
        rpm = np.where(running, np.round(FAN_RPM * self.speed + 4.0 * noise[:, 0]), 0.0)
        return np.column_stack([feedback(self.target > 0.5, running), rpm])


@dataclass(frozen=True, slots=True)
class PumpTroubles:
    """What is wrong with each pump by now.

    worn_mm_s: float64 (pump,), what wear adds to the vibration.
    clogged: float64 (pump,), share of the flow that the strainer holds back.
    dead: bool (pump,), whether its drive does nothing.
    """

    worn_mm_s: FloatArray
    clogged: FloatArray
    dead: BoolArray


@dataclass(frozen=True, slots=True)
class Pumps:
    """The pumps of every zone, duty and standby in turn.

    mode: int64 (pump,), 1 told to run, -1 told to stop, 0 left to its float switch.
    on: bool (pump,), its float switch.
    wet: bool (pump,), whether there is enough water to run at all.
    running: bool (pump,).
    flow_m3_h: float64 (pump,).
    winding, bearing: float64 (pump,), degC.
    """

    mode: IntArray
    on: BoolArray
    wet: BoolArray
    running: BoolArray
    flow_m3_h: FloatArray
    winding: FloatArray
    bearing: FloatArray

    @staticmethod
    def at_rest(zones: int) -> "Pumps":
        """Every pump is left to its float switch and stands still."""
        count = zones * len(PUMPS)
        off = np.zeros(count, np.bool_)
        cold = np.full(count, PUMP_COLD_DEGC)
        return Pumps(
            mode=np.zeros(count, np.int64),
            on=off,
            wet=off,
            running=off,
            flow_m3_h=np.zeros(count),
            winding=cold,
            bearing=cold,
        )

    def ordered(self, pumps: IndexArray, *, mode: int) -> "Pumps":
        """Told to run (1), to stop (-1), or left to their float switches (0)."""
        modes = self.mode.copy()
        modes[pumps] = mode
        return replace(self, mode=modes)

    @property
    def told(self) -> BoolArray:
        """Whether its controller asks it to run; a float switch or lack of water is heeded."""
        told: BoolArray = ((self.mode > 0) & self.wet) | ((self.mode == 0) & self.on)
        return told

    def run(self, level_m: FloatArray, *, troubles: PumpTroubles, hours: float) -> "Pumps":
        """After a step. A standby has no float switch: it runs only when it is told to.

        level_m: float64 (zone,).
        """
        level = np.repeat(level_m, len(PUMPS))
        is_duty = np.arange(len(level)) % len(PUMPS) == 0
        on = float_switch(level, self.on, on_m=DUTY_ON_M, off_m=DUTY_OFF_M) & is_duty
        wet = float_switch(level, self.wet, on_m=DRY_ON_M, off_m=DRY_OFF_M)
        running = replace(self, on=on, wet=wet).told & ~troubles.dead
        worn = troubles.worn_mm_s
        kept = 1.0 - np.minimum(WORN_FLOW * worn + troubles.clogged, LOST_FLOW_MAX)
        winding = PUMP_COLD_DEGC + running * (PUMP_WARM_DEGC + WORN_DEGC * worn)
        bearing = PUMP_COLD_DEGC + running * (BEARING_WARM_DEGC + WORN_BEARING_DEGC * worn)
        return Pumps(
            self.mode,
            on,
            wet,
            running,
            np.where(running, PUMP_M3_H * kept, 0.0),
            self.winding + (winding - self.winding) * min(1.0, hours / WARM_H),
            self.bearing + (bearing - self.bearing) * min(1.0, hours / BEARING_WARM_H),
        )

    def condition(self, noise: FloatArray, troubles: PumpTroubles) -> FloatArray:
        """What the monitor of each measures, as ``gallery.machine`` has it; float64 (pump, 8).

        noise: float64 (pump, 8).
        """
        worn, share = troubles.worn_mm_s, self.flow_m3_h / PUMP_M3_H
        amperes = PUMP_A * (1.0 - FLOW_A * (1.0 - share)) + WORN_A * worn
        table = np.column_stack(
            [
                amperes * self.running,
                np.full(len(worn), PUMP_V),
                PUMP_KPA * share * share,
                self.flow_m3_h,
                (PUMP_MM_S + worn) * self.running,
                (FREE_MM_S + FREE_SHARE * worn) * self.running,
                self.winding,
                self.bearing,
            ]
        )
        told: FloatArray = np.maximum(np.round(table + MONITOR_SIGMA * noise, 2), 0.0)
        return told

    def states(self, condition: FloatArray) -> FloatArray:
        """What each says of itself, as ``gallery.pump`` has it; float64 (pump, 7).

        condition: as from ``condition``.
        """
        current, flow, vibration, winding = condition[:, [0, 3, 4, 6]].T
        turning = np.column_stack([current, vibration, flow]) * self.running[:, np.newaxis]
        return np.column_stack([turning, winding, feedback(self.told, self.running)])


def feedback(told: BoolArray, does: BoolArray) -> FloatArray:
    """What an actuator says: what it was told, what it does, and both as one code.

    told, does: bool (device,).
    Returns float64 (device, 3); the code is 2 * told + does, so 1 and 2 are disobedience.

    >>> feedback(np.array([True, True]), np.array([False, True])).tolist()
    [[1.0, 0.0, 2.0], [1.0, 1.0, 3.0]]
    """
    both = np.column_stack([told, does]).astype(np.float64)
    return np.column_stack([both, 2.0 * both[:, 0] + both[:, 1]])
