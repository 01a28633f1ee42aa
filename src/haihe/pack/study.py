"""推演: a question that a pack answers from recorded time: what else could have been done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from haihe.model.record import Batch
from haihe.model.stream import Stream
from haihe.model.text import Text

Q = TypeVar("Q")
A = TypeVar("A")
Asking = TypeVar("Asking", contravariant=True)
Answer = TypeVar("Answer", covariant=True)


@dataclass(frozen=True, slots=True)
class Reading:
    """Which records an answer rests on: of these entities, observed from one instant to another.

    from_at, to_at: ns.
    """

    entities: tuple[str, ...]
    from_at: int
    to_at: int


class Answering(Protocol[Asking, Answer]):
    """What answers a question, from records by stream, in order of ``observed_at``.

    ``Batch.slots`` are ordinals of ``Reading.entities``. A stream without records has an empty
    batch. ``tell`` is called with the part done, 0 to 1, now and then.
    """

    def __call__(
        self, asked: Asking, past: Mapping[str, Batch], *, tell: Callable[[float], None]
    ) -> Answer:
        """The answer."""
        ...


@dataclass(frozen=True, slots=True)
class Study(Generic[Q, A]):
    """推演: how a pack answers one kind of question of recorded time; pure.

    name: lower case with hyphens, such as "what-if".
    title: for people.
    streams: whose records it reads.
    question: the type of what is asked.
    reads: question to the records it needs; raises ValueError where it cannot be answered.
    answer: question and records to the answer.
    settings: names of what a question may try with other numbers, such as "signals.patience_s".
    """

    name: str
    title: Text
    streams: tuple[Stream, ...]
    question: type[Q]
    reads: Callable[[Q], Reading]
    answer: Answering[Q, A]
    settings: tuple[str, ...] = ()


AnyStudy: TypeAlias = Study[Any, Any]  # Each has its own question and answer.
