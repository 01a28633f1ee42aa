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
PUMP_COLD_DEGC: Final = 20.0  # Ours: a pump at rest in its sump.
PUMP_WARM_DEGC: Final = 35.0  # Ours: how much warmer the winding gets.
WARM_H: Final = 0.25  # Ours: a 4 kW motor warms through in a quarter of an hour.
WORN_FLOW: Final = 0.08  # Ours: of the flow lost for each mm/s that wear adds,
WORN_FLOW_MAX: Final = 0.8  # at most this share.
WORN_A: Final = 0.4  # Ours: A more for each mm/s that wear adds.
WORN_DEGC: Final = 3.0  # Ours: degC more for each mm/s that wear adds.


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

    def turned(self, hours: float) -> "Fans":
        """After a step of spinning up or down."""
        share = min(1.0, hours / FAN_SPIN_H)
        return replace(self, speed=self.speed + (self.target - self.speed) * share)

    def readings(self, noise: FloatArray) -> FloatArray:
        """Running and speed of each, as ``gallery.fan`` has them; float64 (zone, 2).

        noise: float64 (zone, 1).
        """
        running = self.speed > 0.05  # Ours: below a twentieth a speed switch says it stands.
        rpm = FAN_RPM * self.speed + 4.0 * noise[:, 0]
        return np.column_stack([running, np.where(running, np.round(rpm), 0.0)])


@dataclass(frozen=True, slots=True)
class Pumps:
    """The pumps of every zone, duty and standby in turn.

    mode: int64 (pump,), 1 told to run, -1 told to stop, 0 left to its float switch.
    on: bool (pump,), its float switch.
    wet: bool (pump,), whether there is enough water to run at all.
    running: bool (pump,).
    flow_m3_h: float64 (pump,).
    degc: float64 (pump,), the winding.
    """

    mode: IntArray
    on: BoolArray
    wet: BoolArray
    running: BoolArray
    flow_m3_h: FloatArray
    degc: FloatArray

    @staticmethod
    def at_rest(zones: int) -> "Pumps":
        """Every pump is left to its float switch and stands still."""
        count = zones * len(PUMPS)
        off = np.zeros(count, np.bool_)
        return Pumps(
            mode=np.zeros(count, np.int64),
            on=off,
            wet=off,
            running=off,
            flow_m3_h=np.zeros(count),
            degc=np.full(count, PUMP_COLD_DEGC),
        )

    def ordered(self, pumps: IndexArray, *, mode: int) -> "Pumps":
        """Told to run (1), to stop (-1), or left to their float switches (0)."""
        modes = self.mode.copy()
        modes[pumps] = mode
        return replace(self, mode=modes)

    def run(self, level_m: FloatArray, *, worn_mm_s: FloatArray, hours: float) -> "Pumps":
        """After a step. A standby has no float switch: it runs only when it is told to.

        level_m: float64 (zone,).
        worn_mm_s: float64 (pump,), what wear adds to the vibration.
        """
        level = np.repeat(level_m, len(PUMPS))
        is_duty = np.arange(len(level)) % len(PUMPS) == 0
        on = float_switch(level, self.on, on_m=DUTY_ON_M, off_m=DUTY_OFF_M) & is_duty
        wet = float_switch(level, self.wet, on_m=DRY_ON_M, off_m=DRY_OFF_M)
        running = ((self.mode > 0) & wet) | ((self.mode == 0) & on)
        kept = 1.0 - np.minimum(WORN_FLOW * worn_mm_s, WORN_FLOW_MAX)
        goal = PUMP_COLD_DEGC + running * (PUMP_WARM_DEGC + WORN_DEGC * worn_mm_s)
        degc = self.degc + (goal - self.degc) * min(1.0, hours / WARM_H)
        flow = np.where(running, PUMP_M3_H * kept, 0.0)
        return Pumps(self.mode, on, wet, running, flow, degc)

    def readings(self, noise: FloatArray, worn_mm_s: FloatArray) -> FloatArray:
        """Current, vibration, flow, running, temperature of each; float64 (pump, 5).

        noise: float64 (pump, 4).
        worn_mm_s: float64 (pump,), what wear adds to the vibration.
        """
        amperes = PUMP_A + WORN_A * worn_mm_s + 0.1 * noise[:, 0]
        shake = PUMP_MM_S + worn_mm_s + 0.15 * noise[:, 1]
        flow = self.flow_m3_h + 0.3 * noise[:, 2]
        turning = np.column_stack([amperes, shake, flow]) * self.running[:, np.newaxis]
        degc = self.degc + 0.2 * noise[:, 3]
        table = np.column_stack([turning, self.running, degc])
        return np.maximum(np.round(table, 2), 0.0)
