"""What a pack is made of: streams, playbooks with their closures, loops, a twin."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from haihe.detect.contract import Detector
from haihe.model.case import Case
from haihe.model.decision import Decision
from haihe.model.record import Observation
from haihe.model.stream import NAME_PATTERN, Stream
from haihe.model.text import Text
from haihe.model.time import DAY, HOUR, MINUTE
from haihe.pack.ledger import AnyLedger
from haihe.pack.loop import Loop
from haihe.pack.room import Room
from haihe.pack.signals import Signals
from haihe.pack.study import AnyStudy
from haihe.pack.view import View
from haihe.twin.contract import Fault, Twin


@dataclass(frozen=True, slots=True)
class Closure:
    """闭环: the evidence that closes a case. Silence never does.

    window: observed time over which every record of every entity of the case must hold; ns.
    at_least: how many records of each entity that must be, 1 or more.
    holds: whether one record is evidence that it is over; pure.
    gap: the longest silence the window may hold; ns. 0 means a third of the window.
    """

    window: int
    at_least: int
    holds: Callable[[Observation], bool]
    gap: int = 0

    def __post_init__(self) -> None:
        """Refuse a closure that a single record or silence could satisfy."""
        if self.window <= 0 or self.at_least < 1 or self.gap < 0:
            raise ValueError(
                f"Closure(window={self.window}, at_least={self.at_least}, gap={self.gap}): window "
                "must be more than 0, at_least 1 or more, gap 0 or more."
            )


def _never(_: Observation) -> bool:
    """No record closes it."""
    return False


@dataclass(frozen=True, slots=True)
class Procedure(Closure):
    """办件: a case that goes through steps, each an order that somebody settles; these close it.

    The playbook is asked again when all its orders are settled, and at each new record of its
    entities in the playbook's stream. An order that it does not hold any more is cancelled if it is
    still open. The case closes when nothing is owed after that.
    """

    window: int = DAY  # None of the three matters: what was done is the evidence.
    at_least: int = 1
    holds: Callable[[Observation], bool] = _never


SETTLE_MAX: Final = 1 * DAY  # Ours: bounds what is remembered of closed cases.


@dataclass(frozen=True, slots=True)
class RollUp:
    """Which alarms become one case: the same rule, in the same or a related place, in a window.

    relations: names of relations that join two entities; () joins only the entity to itself.
    window: how long after its last alarm a case takes in a related one, or answers for a sign
        (``Playbook.under``); ns. While that alarm stands it does so anyway.
    settle: how long after a case closed the same alarm in the same place is the same episode; ns.
        The new case names the old one, and stays open until its last alarm is as long ago.
    """

    relations: tuple[str, ...] = ("neighbour",)
    window: int = 30 * MINUTE  # Ours: gas and water reach the next compartment within it.
    settle: int = 1 * HOUR  # Ours: what comes back within an hour had not been mended.

    def __post_init__(self) -> None:
        """Refuse what would join nothing, or be remembered for ever."""
        if self.window < 0 or not 0 <= self.settle <= SETTLE_MAX:
            raise ValueError(
                f"RollUp(window={self.window}, settle={self.settle}): neither may be negative, and "
                f"settle at most {SETTLE_MAX} ns, a day."
            )


@dataclass(frozen=True, slots=True)
class Playbook:
    """预案: what opens, decides and closes one kind of case.

    name: lower case with hyphens, such as "methane-high"; the rule is called ``pack.name``.
    title: what a duty officer reads.
    stream: what is watched.
    detect: the detector, as frozen settings.
    decide: (case, view) to a decision that holds every order the case should have; pure.
    close: the evidence that closes it; or ``Procedure()`` where its orders are what is to be done.
    due_in: how long a case may stay open before it is escalated; ns.
    roll_up: which alarms share a case.
    under: playbooks of the same pack whose open case answers for this alarm too: it joins that
        case as its sign, and opens one of its own only if it still stands when that one closes.
        That playbook decides for it.
    stand_down: the orders that end what the case had started (fans off), given when it closes;
        pure. None if nothing is left running.
    escalate_to: who hears of a missed deadline.
    """

    name: str
    title: Text
    stream: Stream
    detect: Detector[Any]  # Each detector has its own memory class; the operator keeps them apart.
    decide: Callable[[Case, View], Decision]
    close: Closure
    due_in: int = 4 * HOUR  # Ours: half a shift.
    roll_up: RollUp = RollUp()
    under: tuple[str, ...] = ()
    stand_down: Callable[[Case, View], Decision] | None = None
    escalate_to: str = "duty-officer"


@dataclass(frozen=True, slots=True)
class Pack:
    """系统包: one city system, whole, as one value.

    name: the pack's short name, lower case; streams and rules carry it in front.
    title: what people call the system.
    playbooks: what it watches and decides.
    streams: streams that no playbook watches but decisions see.
    loops: what it decides on a clock.
    version: the pack's own version.
    twin: makes the model of the system from a seed; None if there is none.
    demo: the twin's faults on a day of demonstration, from the instant it starts (ns).
    ledger: what it keeps in mind beyond each entity's newest state; None if nothing.
    signals: what it answers to engineers of how signals work; None if it has none.
    studies: what it can be asked of recorded time.
    room: what it shows of what its loops steer; None if it has no page of its own.
    field_titles: "stream field" to what people call that field; the bare name where there is none.
    """

    name: str
    title: Text
    playbooks: tuple[Playbook, ...]
    streams: tuple[Stream, ...] = ()
    version: str = "0.1.0"
    twin: Callable[[int], Twin] | None = None
    demo: Callable[[int], tuple[Fault, ...]] | None = None
    loops: tuple[Loop, ...] = ()
    ledger: AnyLedger | None = None
    signals: Signals | None = None
    studies: tuple[AnyStudy, ...] = ()
    room: Room | None = None
    field_titles: Mapping[str, Text] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse names that would collide or could not be typed."""
        if not NAME_PATTERN.fullmatch(self.name) or "." in self.name:
            raise ValueError(f"pack name '{self.name}' must be lower case, such as 'gallery'.")
        names = [playbook.name for playbook in self.playbooks]
        names += [loop.name for loop in self.loops]
        names += [study.name for study in self.studies]
        if len(set(names)) != len(names):
            raise ValueError(
                f"pack '{self.name}' names a rule or a study twice: {', '.join(names)}."
            )
        _check_under(self)

    @property
    def all_streams(self) -> tuple[Stream, ...]:
        """Every stream the pack declares, each once, by name."""
        found = {playbook.stream.name: playbook.stream for playbook in self.playbooks}
        found.update({stream.name: stream for loop in self.loops for stream in loop.streams})
        found.update({stream.name: stream for stream in self.streams})
        return tuple(found[name] for name in sorted(found))

    def rule(self, part: Playbook | Loop) -> str:
        """The full name of a playbook or loop, such as "gallery.methane-high"."""
        return f"{self.name}.{part.name}"


def _check_under(pack: Pack) -> None:
    """Refuse playbooks under one that is not there, or under themselves.

    Raises ValueError naming them.
    """
    above = {playbook.name: playbook.under for playbook in pack.playbooks}
    for name, parents in above.items():
        if unknown := [parent for parent in parents if parent not in above]:
            raise ValueError(
                f"playbook '{name}' of pack '{pack.name}' is under '{unknown[0]}', which the pack "
                f"does not have; it has {', '.join(above)}."
            )
    free = {name for name, parents in above.items() if not parents}
    while more := {
        name for name, parents in above.items() if name not in free and free.issuperset(parents)
    }:
        free |= more
    if circle := sorted(above.keys() - free):
        raise ValueError(
            f"playbooks {', '.join(circle)} of pack '{pack.name}' are under themselves in a circle."
        )
