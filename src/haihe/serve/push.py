"""实时推送: steps to every screen as they are kept, over server-sent events.

One task reads the log's tail and makes each frame once; every listener has a short queue. Who is
too slow for it is let go, and comes back with the id of the last event it had.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import msgspec

from haihe.log import store
from haihe.log.entry import Entry
from haihe.model.line import AlarmCleared, AlarmRaised, Line, Step, decode_lines
from haihe.run.keeping import STEP, subjects_of
from haihe.run.node import Node
from haihe.serve.access import Caller
from haihe.serve.problem import Problem
from haihe.serve.shown import to_json
from haihe.serve.sight import Sight, owners_of

GATHER_S: Final = 0.1  # Measured: frames of 100 ms cost a third of sending every step alone.
HEARTBEAT_S: Final = 15.0  # Ours: proxies close what is silent for 30 s or more.
OWNER_MAX: Final = 10  # Ours: screens of one enterprise, so that those on duty always find room.
QUEUE_MAX: Final = 64  # Frames a listener may be behind: 6 s.
ENTRIES_AT_ONCE: Final = 64  # Entries read for one frame; the rest comes with the next.
SEND_WAIT_S: Final = 30.0  # Ours: a listener that takes nothing for longer has gone.
HEARTBEAT: Final = b": still here\n\n"


class Happened(msgspec.Struct, frozen=True):
    """A step as listeners get it.

    offset: where it stands in the log, and the event's id.
    line: the step.
    """

    offset: int
    line: Line


@dataclass(frozen=True, slots=True)
class Frame:
    """Steps that go out together.

    offsets: where each of them stands; rising.
    packs: whose each of them is.
    lines: each of them.
    entities: what each of them is about; () where it is about none.
    events: each as bytes of an event stream; whole: all of them.
    end_offset: after the last entry they stand in.
    owners: the enterprises that any of the entities belongs to.
    """

    offsets: tuple[int, ...]
    packs: tuple[str, ...]
    lines: tuple[Line, ...]
    entities: tuple[tuple[str, ...], ...]
    events: tuple[bytes, ...]
    whole: bytes
    end_offset: int
    owners: frozenset[str]

    def seen_by(
        self,
        caller: Caller,
        sight: Sight | None,
        *,
        from_offset: int,
        sees: Callable[[Line], bool] | None = None,
    ) -> "Seen":
        """The events within a caller's scope and sight, from an offset on.

        sees: which lines they see at all; None for every one.
        What is about no entity, an enterprise does not see.
        """
        is_whole = not caller.packs and sight is None and sees is None
        if is_whole and self.offsets[0] >= from_offset:
            return Seen(self.whole, self.entities)  # The same bytes for everybody on duty.
        chosen = [
            place
            for place, at in enumerate(self.offsets)
            if at >= from_offset
            and caller.sees(self.packs[place])
            and (sight is None or _is_in(sight, self.entities[place], caller=caller))
            and (sees is None or sees(self.lines[place]))
        ]
        events = b"".join(self.events[place] for place in chosen)
        return Seen(events, tuple(self.entities[place] for place in chosen))


@dataclass(frozen=True, slots=True)
class Seen:
    """What of a frame somebody sees: the events as bytes, and what each is about."""

    events: bytes
    entities: tuple[tuple[str, ...], ...]


@dataclass(eq=False)
class Listener:
    """One screen that listens.

    owner: the enterprise whose it is; "" for none.
    frames: what it has not been sent yet; None wakes one that is let go.
    is_over: True once it was too slow, or the server stops.
    """

    owner: str = ""
    frames: "asyncio.Queue[Frame | None]" = field(default_factory=lambda: asyncio.Queue(QUEUE_MAX))
    is_over: bool = False

    def let_go(self) -> None:
        """Nothing more comes."""
        self.is_over = True
        with contextlib.suppress(asyncio.QueueFull):
            self.frames.put_nowait(None)  # If it is full, it wakes by what it holds.


class Hub:
    """Everybody who listens, and the one task that reads for them."""

    def __init__(self, node: Node, *, clients_max: int) -> None:
        """Hear of a node's steps; nothing is read while nobody listens."""
        self._node = node
        self._clients_max = clients_max
        self._listeners: set[Listener] = set()
        self._next_offset = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        node.on_steps(self._heard)

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return len(self._listeners)

    def join(self, caller: Caller) -> tuple[Listener, int]:
        """A new listener, and the offset from which on its queue holds everything.

        Raises Problem if too many listen, or too many of one enterprise.
        """
        same = [one for one in self._listeners if caller.owner and one.owner == caller.owner]
        if len(same) >= OWNER_MAX:
            raise _crowded(f"{len(same)} screens of {caller.owner} listen already.")
        if len(self._listeners) >= self._clients_max:
            raise _crowded(f"{len(self._listeners)} screens listen already.")
        if self._task is None or self._task.done() or self._loop is not asyncio.get_running_loop():
            self._loop = asyncio.get_running_loop()
            self._listeners.clear()
            self._news = asyncio.Event()
            self._next_offset = self._node.log.next_offset
            self._task = self._loop.create_task(self._read_on())
        listener = Listener(caller.owner)
        self._listeners.add(listener)
        self._news.set()  # What was kept while nobody listened woke nobody.
        return listener, self._next_offset

    def leave(self, listener: Listener) -> None:
        """The listener has gone."""
        self._listeners.discard(listener)

    def close(self) -> None:
        """Let everybody go; the server stops."""
        if self._task is not None and self._loop is not None and not self._loop.is_closed():
            self._task.cancel()
        for listener in self._listeners:
            listener.let_go()
        self._listeners.clear()

    def _heard(self) -> None:
        """In the writer's thread: there are new steps."""
        loop, news = self._loop, self._news
        if loop is None or not self._listeners or news.is_set():
            return
        try:
            loop.call_soon_threadsafe(news.set)
        except RuntimeError:
            self._loop = None  # It has ended, and with it all who listened.

    async def _read_on(self) -> None:
        """Frames for everybody, until nobody listens."""
        while self._listeners:
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    await self._news.wait()
            except TimeoutError:
                continue
            self._news.clear()
            await asyncio.sleep(GATHER_S)
            frames = True
            while frames and self._listeners:
                read = await asyncio.to_thread(read_frame, self._node, self._next_offset)
                frames = read is not None
                if read is not None:
                    self._next_offset = read.end_offset
                    self._hand_out(read)

    def _hand_out(self, frame: Frame) -> None:
        for listener in list(self._listeners):
            try:
                listener.frames.put_nowait(frame)
            except asyncio.QueueFull:
                listener.let_go()
                self._listeners.discard(listener)


def read_frame(node: Node, from_offset: int) -> Frame | None:
    """The steps that stand in the log from an offset on, some at a time; None if there are none.

    Lines before ``from_offset`` in the entry that holds it are left out.
    """
    entries = list(islice(node.log.read(from_offset, streams=(STEP,)), ENTRIES_AT_ONCE))
    if not entries:
        return None
    placed = [told for entry in entries for told in _lines(entry, from_offset)]
    places = _Places(node)
    entities = tuple(places.of(told.line) for told in placed)
    events = tuple(event_of(told) for told in placed)
    return Frame(
        offsets=tuple(told.offset for told in placed),
        packs=tuple(pack_of(told.line) for told in placed),
        lines=tuple(told.line for told in placed),
        entities=entities,
        events=events,
        whole=b"".join(events),
        end_offset=entries[-1].end_offset,
        owners=frozenset(owners_of(node, {each for about in entities for each in about})),
    )


def _crowded(message: str) -> Problem:
    return Problem(503, "unavailable", message=message, headers={"retry-after": "5"})


class _Places:
    """What steps are about, each case looked up once."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._cases: dict[str, tuple[str, ...]] = {}

    def of(self, line: Line) -> tuple[str, ...]:
        """The entities of a step, or of the case it belongs to; () if it is about none."""
        entity = getattr(line, "entity", "")
        if isinstance(line, AlarmRaised):
            entity = line.alarm.entity
        if entity:
            return (entity,)
        subjects = tuple(subjects_of(line)) if isinstance(line, Step) else ()
        case_id = subjects[0].partition("/")[0] if subjects else ""
        if case_id not in self._cases:
            case = store.find_case(self._node.log.reader(), case_id) if case_id else None
            self._cases[case_id] = tuple(case.entities) if case is not None else ()
        return self._cases[case_id]


def _is_in(sight: Sight, entities: tuple[str, ...], *, caller: Caller) -> bool:
    """Whether a step is for somebody who is held to some entities."""
    return sight.holds(entities) if entities else not caller.owner


def _lines(entry: Entry, from_offset: int) -> Iterator[Happened]:
    assert entry.body is not None  # Lines never move to history files.
    for place, line in enumerate(decode_lines(entry.body)):
        if entry.header.first_offset + place >= from_offset:
            yield Happened(entry.header.first_offset + place, line)


def event_of(told: Happened) -> bytes:
    """One step as an event, its offset as its id."""
    return b"id: %d\ndata: %s\n\n" % (told.offset, to_json(told))


def pack_of(line: Line) -> str:
    """Whose a step is; "" if nobody's."""
    if isinstance(line, AlarmRaised):
        return line.alarm.rule.partition(".")[0]
    if isinstance(line, AlarmCleared):
        return line.rule.partition(".")[0]
    subjects: Sequence[str] = tuple(subjects_of(line)) if isinstance(line, Step) else ()
    subject = subjects[0] if subjects else ""
    return pack_of_subject(subject)


def pack_of_subject(subject: str) -> str:
    """The pack of a case, an order or a rule.

    >>> pack_of_subject("gallery-17/3"), pack_of_subject("gallery.methane-high zone/7")
    ('gallery', 'gallery')
    """
    head = subject.partition("/")[0].partition(" ")[0]
    if "." in head:
        return head.partition(".")[0]
    return head.rpartition("-")[0]
