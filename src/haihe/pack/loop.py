"""控制回路: a decision taken on a clock, for all that one system steers at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self, TypeVar, runtime_checkable

from haihe.model.alarm import Noted
from haihe.model.decision import Answered, Decision, WorkOrder
from haihe.model.record import Batch
from haihe.model.stream import Stream
from haihe.model.text import Text
from haihe.model.time import HOUR, SECOND
from haihe.pack.view import View

EVERY_LEAST: Final = SECOND // 10  # Ours: signal controllers report in tenths of a second.
EVERY_MOST: Final = HOUR  # Ours: the records of a whole turn are held in memory until it comes.

Memory = TypeVar("Memory")


@dataclass(frozen=True, slots=True)
class Turn:
    """What a loop sees when its turn comes.

    now: the log's time, a whole multiple of ``Loop.every``; ns.
    new: by stream, the records received since the last turn and before ``now``, in order; a
        stream without any is absent.
    ids: by stream, the entities that have spoken; ``Batch.slots`` index into them.
    view: the city as of ``now``.
    held: entities that a person steers by hand: what is ordered for them is dropped.
    all_held: whether a person holds the whole loop.
    undone: the loop's own orders to devices that were refused (state undelivered; ``words`` say
        why), or did not leave within ``valid_for`` (state dispatched), since the last turn. They
        are over: nothing of them is sent any more.
    withheld: whether no order leaves, in shadow and backtest: nothing that is ordered is obeyed.
    """

    now: int
    new: Mapping[str, Batch]
    ids: Mapping[str, Sequence[str]]
    view: View
    held: frozenset[str] = frozenset()
    all_held: bool = False
    undone: tuple[WorkOrder, ...] = ()
    withheld: bool = False

    def is_held(self, entity: str) -> bool:
        """Whether a person steers this entity by hand."""
        return self.all_held or entity in self.held


class Control(Protocol[Memory]):
    """What decides. Settings are frozen; ``Memory`` is its own class.

    ``Memory`` is a frozen dataclass of NumPy arrays, tuples and plain values, so that a snapshot
    can store it. It begins anew when other settings are put in force.
    """

    def start(self) -> Memory:
        """Memory that has seen nothing."""
        ...

    def turn(
        self, memory: Memory, turn: Turn
    ) -> tuple[Memory, Sequence[Decision | Noted | Answered]]:
        """What is to change now: a decision with its reason for each thing that is steered anew.

        What it finds that needs a case (a detector that lies) it notes for a playbook of its pack.
        What it hears that answers an order it gave to people it names: they need not report it too.

        An order stands until another one with the same action and entity follows; nothing is
        given again by the platform. A decision without orders is kept as a reason alone.
        """
        ...


@runtime_checkable
class Tuned(Protocol):
    """A control with numbers to tune that are no fields of its own."""

    def numbers(self) -> Mapping[str, float]:
        """Every such number by name, as it is; an int where it must be whole."""
        ...

    def with_numbers(self, told: Mapping[str, float]) -> Self:
        """The same control with other numbers.

        Raises ValueError if a name is not known, or a number is out of reason.
        """
        ...


@dataclass(frozen=True, slots=True)
class Beside:
    """What a control in shadow had let one thing show, beside what it showed.

    seen_s: how long both were known; agreed_s: how long of it they were the same.
    calls: how often the control had called for another one.
    gain: what it expected of that, by its own forecast, the mean of those calls; unit: of it.
    """

    entity: str
    seen_s: float
    agreed_s: float
    calls: int
    gain: float
    unit: Text


@runtime_checkable
class Compares(Protocol):
    """A control that in shadow (``Turn.withheld``) counts how it and the street agree."""

    def beside(self, memory: Any) -> tuple[Beside, ...]:
        """What its memory has counted, thing by thing."""
        ...


@dataclass(frozen=True, slots=True)
class Effect:
    """What an order brought about.

    value: what was measured.
    expected: what it should have been, in the same unit.
    is_good: whether the order did what it was given for.
    why: names both, for people.
    """

    value: float
    expected: float
    is_good: bool
    why: Text


@dataclass(frozen=True, slots=True)
class Loop:
    """控制回路: what is decided on a clock, from which streams, and how its effect is measured.

    name: lower case with hyphens, such as "signals"; the rule is called ``pack.name``.
    title: what a duty officer reads.
    streams: whose records it sees.
    every: how long from turn to turn; ns. Turns are at whole multiples of it.
    control: what decides, as frozen settings.
    effect: (order, view) to what it brought about, ``effect_after`` the order was given; None as
        an answer where nothing can be said. None if effects are not measured.
    effect_after: ns.
    """

    name: str
    title: Text
    streams: tuple[Stream, ...]
    every: int
    control: Control[Any]  # Each has its own memory class; the platform keeps them apart.
    effect: Callable[[WorkOrder, View], Effect | None] | None = None
    effect_after: int = 0

    def __post_init__(self) -> None:
        """Refuse a loop that could not keep its clock, or sees nothing."""
        if not self.streams:
            raise ValueError(f"loop '{self.name}' sees no stream; name at least one.")
        if type(self.control).__repr__ is object.__repr__:  # It holds an address: no start's alike.
            raise ValueError(
                f"loop '{self.name}' has a control that does not say its settings; make "
                f"{type(self.control).__name__} a frozen dataclass."
            )
        if not EVERY_LEAST <= self.every <= EVERY_MOST:
            raise ValueError(
                f"loop '{self.name}' has a turn every {self.every} ns; {EVERY_LEAST} to "
                f"{EVERY_MOST} are allowed."
            )
        if self.effect_after < 0 or (self.effect is not None and self.effect_after == 0):
            raise ValueError(
                f"loop '{self.name}' measures its effect after {self.effect_after} ns; "
                "it must be more than 0."
            )
