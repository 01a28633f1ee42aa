"""The packs' ledgers at work: each its memory, guarded; one that fails is stopped and shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import msgspec

from haihe.errors import MoveIllegal, PackInvalid
from haihe.model.alarm import Noted
from haihe.model.line import (
    Action,
    AlarmCleared,
    AlarmRaised,
    CaseClosed,
    CaseJoined,
    CaseMerged,
    CaseMoved,
    CaseOpened,
    Decided,
    Dispatched,
    Escalated,
    OrderMoved,
    Step,
)
from haihe.model.record import Observation
from haihe.model.time import NEVER
from haihe.pack.ledger import AnyLedger, Timed
from haihe.run.guard import Guard, PackFailed

NOTES_MAX: Final = 1_000  # Ours: more from one line of the log is a loop gone wrong.


Remembered: TypeAlias = Any  # Each ledger has its own class; the engine keeps them apart.


@dataclass(frozen=True, slots=True)
class PackNote:
    """What a pack's ledger noted."""

    pack: str
    noted: Noted


class Dumped(msgspec.Struct, frozen=True):
    """Ledgers as a snapshot keeps them: pack to memory, and to why it was stopped."""

    memories: dict[str, bytes]
    failed: dict[str, str]


@dataclass
class Ledgers:
    """Ledgers by pack, and what each remembers.

    guard: calls them.
    ledgers: those at work.
    memories: pack to its ledger's memory.
    failed: pack to why its ledger was stopped.
    notes: what needs a case and has none yet.
    dues: pack to when time alone next changes something in its ledger; ns.
    """

    guard: Guard = field(default_factory=Guard)
    ledgers: dict[str, AnyLedger] = field(default_factory=dict)
    memories: dict[str, Remembered] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    notes: list[PackNote] = field(default_factory=list)
    dues: dict[str, int] = field(default_factory=dict)

    @classmethod
    def begun(cls, ledgers: dict[str, AnyLedger], guard: Guard) -> "Ledgers":
        """These ledgers, with nothing seen yet."""
        made = cls(guard=guard, ledgers=dict(ledgers))
        for pack, ledger in ledgers.items():
            made._keep(pack, lambda ledger=ledger: (ledger.start(), ()))  # type: ignore[misc]  # One value a turn.
        return made

    def copy(self) -> "Ledgers":
        """The same ledgers going on by themselves; memories are values."""
        made = Ledgers(self.guard, dict(self.ledgers), dict(self.memories), dict(self.failed))
        made.dues = dict(self.dues)
        return made

    def memory(self, pack: str) -> Any:
        """What a pack's ledger remembers.

        Raises LookupError if it has none, or it was stopped.
        """
        if pack in self.failed:
            raise LookupError(f"the ledger of '{pack}' was stopped: {self.failed[pack]}")
        if pack not in self.memories:
            raise LookupError(f"pack '{pack}' has no ledger; there are {sorted(self.memories)}.")
        return self.memories[pack]

    def streams(self) -> dict[str, list[str]]:
        """Stream to the packs whose ledgers take its records."""
        found: dict[str, list[str]] = {}
        for pack, ledger in self.ledgers.items():
            if pack not in self.failed:
                for stream in dict.fromkeys(ledger.streams):
                    found.setdefault(stream, []).append(pack)
        return found

    def take(self, pack: str, seen: Observation, *, now: int) -> None:
        """One record of a ledger's streams; ``now`` is the log's time, ns."""
        ledger = self.ledgers[pack]
        self._keep(pack, lambda: ledger.take(self.memories[pack], seen, now=now))

    def due_at(self) -> int:
        """When time alone next changes something in a ledger; NEVER if it does not; ns."""
        return min(self.dues.values(), default=NEVER)

    def pass_time(self, *, now: int) -> None:
        """The next instant that a ledger waited for has come; of several packs the first by name.

        now: the log's time when it was seen; ns.
        """
        at = self.due_at()
        pack = min(one for one, due in self.dues.items() if due == at)
        ledger = self.ledgers[pack]
        assert isinstance(ledger, Timed)  # No other has a due.
        self._keep(pack, lambda: ledger.due(self.memories[pack], at=at, now=now))
        if self.dues.get(pack, NEVER) <= at:
            self._stop(pack, f"it is due at {at} again and again")

    def follow(self, step: Step) -> None:
        """One step; whose case it is, that pack's ledger hears of it."""
        if not self.ledgers:
            return
        pack = pack_of(step)
        ledger = self.ledgers.get(pack)
        if ledger is not None:
            self._keep(pack, lambda: ledger.follow(self.memories[pack], step))

    def act(self, action: Action) -> None:
        """What a person tells a ledger.

        Raises MoveIllegal if it may not be; PackInvalid if there is no such ledger.
        """
        pack, _, what = action.subject.partition(" ")
        ledger = self.ledgers.get(pack)
        if ledger is None or pack in self.failed or not what:
            why = self.failed.get(pack, "there is none")
            raise PackInvalid(f"no ledger takes '{action.subject}': {why}.")
        refused = self._keep(pack, lambda: ledger.act(self.memories[pack], action))
        if refused:
            raise MoveIllegal(refused)

    def dumped(self) -> Dumped:
        """What a snapshot keeps of them."""
        memories = {pack: self.ledgers[pack].dump(one) for pack, one in self.memories.items()}
        return Dumped(memories, dict(self.failed))

    def restore(self, dumped: Dumped) -> None:
        """Bring fresh ledgers to what was kept of them."""
        for pack, why in dumped.failed.items():
            self._stop(pack, why)
        for pack, data in dumped.memories.items():
            self.memories[pack] = self.ledgers[pack].load(data)
            if pack not in self.failed:
                self._wait(pack)

    def drain(self) -> list[PackNote]:
        """What was noted since this was last asked."""
        notes, self.notes = self.notes, []
        return notes

    def _keep(self, pack: str, call: Callable[[], tuple[Any, Sequence[Noted]]]) -> str:
        """Let a ledger go on; why it refused, or "" if it did not."""
        if pack in self.failed:
            return ""
        try:
            refused, memory, notes = self.guard.call(_told, call)
        except PackFailed as error:
            self._stop(pack, str(error))
            return ""
        if not refused:
            self.memories[pack] = memory
            self.notes += [PackNote(pack, noted) for noted in notes]
            self._wait(pack)
        return refused

    def _wait(self, pack: str) -> None:
        """Look up when its ledger is next due."""
        ledger = self.ledgers[pack]
        if isinstance(ledger, Timed):
            try:
                self.dues[pack] = self.guard.call(ledger.due_at, self.memories[pack])
            except PackFailed as error:
                self._stop(pack, str(error))

    def _stop(self, pack: str, why: str) -> None:
        self.failed[pack] = why
        self.dues.pop(pack, None)


def _told(call: Callable[[], tuple[Any, Sequence[Noted]]]) -> tuple[str, Any, Sequence[Noted]]:
    """Why the ledger refused, its memory, its notes; its refusal is no failure of the pack."""
    try:
        memory, notes = call()
    except MoveIllegal as error:
        return str(error), None, ()
    if len(notes) > NOTES_MAX:
        raise ValueError(f"{len(notes)} notes of one line; at most {NOTES_MAX} are taken")
    return "", memory, notes


def pack_of(step: Step) -> str:
    """The pack whose case a step is about; "" if it is about none."""
    match step:
        case Dispatched(case=case) | Decided(case=case) | CaseClosed(case=case):
            return case.rpartition("-")[0]
        case CaseJoined(case=case) | CaseMoved(case=case) | CaseMerged(case=case):
            return case.rpartition("-")[0]
        case Escalated(case=case):
            return case.rpartition("-")[0]
        case OrderMoved(id=order):
            return order.partition("/")[0].rpartition("-")[0]
        case CaseOpened(rule=rule) | AlarmCleared(rule=rule):
            return rule.partition(".")[0]
        case AlarmRaised(alarm=alarm):
            return alarm.rule.partition(".")[0]
        case _:
            return ""
