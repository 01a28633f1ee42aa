"""The twin of a zone's enterprises: offices send their files, meters their use, firms apply."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import msgspec
import numpy as np

from haihe.decide.grants.agreeing import text_sha256
from haihe.decide.grants.application import KIND
from haihe.decide.grants.enterprise import Purpose
from haihe.decide.grants.identity import entity_of
from haihe.decide.scheme.quantity import format_day
from haihe.decide.workday import THURSDAY, WEEK, day_of, year_of
from haihe.model import HOUR, MINUTE, Entity, FieldKind, Order, Rows, Stream, Text
from haihe.model.line import Action, Verb
from haihe.packs.schemes.books import BOOKS
from haihe.packs.schemes.papers import paper_of
from haihe.packs.schemes.streams import APPLICATION, COMPUTE, FILE, NAME, ROUND
from haihe.packs.schemes.zone import ZONE_SIZE, Enterprise, enterprises, make_code
from haihe.twin import Fault

APPLIES, MOVES_AWAY = "application", "moves-away"
AT_ONCE: Final = 100  # Enterprises whose files come in one turn; the rest follows.
METERED: Final = 60  # Ours: so many buy compute.
AGREED: Final = 100  # Ours: so many have agreed to be told.
TOLD_AT: Final = 6 * HOUR + 50 * MINUTE  # Ours: the demonstration begins at 06:40; soon seen.
DEMO: Final = 7  # The enterprise whose way is shown from end to end.
USE_EVERY: Final = 60 * MINUTE  # Ours: the meter settles each hour.
WROTE, CONFIRMED, PROMOTED, SECOND = "writer Sun", "checker Zhou", "lead Wu", "lead Zheng"
POOLS_FEN: Final = {"compute-voucher": 1_000_000_00, "research-grant": 30_000_000_00,
                    "high-tech-reward": 20_000_000_00}  # fmt: skip
CARD_H_FEN: Final = 1_500  # Ours: 15 yuan a card hour, as such services are billed.


@dataclass(frozen=True, slots=True)
class Record:
    """One record to come."""

    at: int
    stream: Stream
    entity: str
    texts: dict[str, str]
    numbers: dict[str, float]


class ZoneTwin:
    """A zone's enterprises and their offices. See ``Twin`` and ``Office``."""

    def __init__(self, seed: int, *, count: int = ZONE_SIZE) -> None:
        """Lay out a zone.

        seed: of its figures; 0 or more. count: how many enterprises.
        """
        self._seed, self._count = seed, count
        self._chance = np.random.default_rng(seed + 1)
        self._faults: list[Fault] = []
        self._told = 0  # How many have sent their files.
        self._now = -1
        self._used_at = 0

    @cached_property
    def _enterprises(self) -> tuple[Enterprise, ...]:
        """All of them, made when they are first asked for."""
        return tuple(enterprises(self._seed, count=self._count))

    @property
    def faults(self) -> tuple[str, ...]:
        """Applications come, and firms that were paid move away."""
        return APPLIES, MOVES_AWAY

    def entities(self) -> tuple[Entity, ...]:
        """The enterprises, and the applications of the demonstration."""
        made = tuple(
            Entity(
                id=f"{KIND}demo-{scheme}-{at}",
                title=Text(zh=f"演示申请 {at}", en=f"demo application {at}"),
                relations={"enterprise": (entity_of(code),)},
                owner=code,
            )
            for at, (scheme, code) in enumerate(APPLICATIONS)
        )
        return (*(one.entity for one in self._enterprises), *made)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(one.id for one in self.entities())

    def told_before(self, at: int) -> tuple[Action, ...]:
        """Books that are live, pools, and who agreed to be told; ``at`` in ns."""
        return tuple(self._actions(at))

    def inject(self, fault: Fault) -> None:
        """Let an application come, or a firm move away.

        Raises ValueError if the kind or the entity is not known.
        """
        if fault.kind not in self.faults or fault.entity not in self._known:
            raise ValueError(f"'{fault.kind}' of '{fault.entity}' is not known; see entities().")
        self._faults.append(fault)

    def obey(self, order: Order, *, at: int) -> None:
        """Nothing here is a device."""

    def advance(self, until: int) -> Sequence[Rows]:
        """What offices, meters and firms sent up to an instant; ns."""
        if self._now < 0:
            self._now = self._used_at = until
        began, self._now = self._now, until
        found = [*self._files(until), *self._use(until), *self._moves(began, until)]
        return list(_rows(sorted(found, key=lambda one: one.at)))

    def _actions(self, at: int) -> Iterator[Action]:
        for name in BOOKS:
            paper = paper_of(name)
            told = {"text": paper.text}
            if paper.documents:
                told["documents"] = msgspec.json.encode(paper.documents).decode()
            moves = (("draft", WROTE), ("final", CONFIRMED), ("shadow", CONFIRMED),
                     ("propose", PROMOTED), ("agree", SECOND))  # fmt: skip
            shown = text_sha256(name, paper.text, documents=paper.documents)
            for move, by in moves:
                yield Action(
                    at=at,
                    verb=Verb.TELL,
                    subject=f"{NAME} book/{name}",
                    by=by,
                    reason="demonstration",
                    settings={"move": move, **(told if move == "draft" else {})},
                    sha256=shown if move == "agree" else "",
                )
        year = year_of(day_of(at))
        for scheme, fen in POOLS_FEN.items():
            yield Action(
                at=at,
                verb=Verb.TELL,
                subject=f"{NAME} pool/{scheme}/{year}",
                by="finance Chen",
                settings={"limit_fen": str(fen)},
            )
        weekday = (day_of(at) + THURSDAY) % WEEK + 1
        yield Action(
            at=at,
            verb=Verb.TELL,
            subject=f"{NAME} rhythm/digest",
            by=PROMOTED,
            settings={"weekday": str(weekday), "minute": str(TOLD_AT // MINUTE)},
        )
        for code in map(make_code, range(AGREED)):
            for purpose in Purpose:
                yield Action(
                    at=at,
                    verb=Verb.TELL,
                    subject=f"{NAME} consent/{code}",
                    by=code,
                    settings={"purpose": purpose.value, "agreed": "yes"},
                )

    def _files(self, until: int) -> Iterator[Record]:
        """The next enterprises' files, source by source."""
        some = self._enterprises[self._told : self._told + AT_ONCE]
        self._told += len(some)
        today = day_of(until)
        for one in some:
            facts = _shown(one)
            for place, (source, told) in enumerate(facts.items()):
                texts = {
                    "source": source,
                    "as_of": format_day(today - 20 - place),
                    "facts": msgspec.json.encode(told).decode(),
                }
                yield Record(until - len(facts) + place, FILE, one.entity.id, texts, {})

    def _use(self, until: int) -> Iterator[Record]:
        """What was used of compute in each hour."""
        while self._used_at + USE_EVERY <= until:
            self._used_at += USE_EVERY
            hours = self._chance.gamma(2.0, 6.0, METERED)
            for one, card_h in zip(self._enterprises, hours.tolist(), strict=False):
                spent = float(round(card_h * CARD_H_FEN))
                numbers = {"card_h": round(card_h, 2), "spend_fen": spent}
                yield Record(self._used_at, COMPUTE, one.entity.id, {}, numbers)

    def _moves(self, began: int, until: int) -> Iterator[Record]:
        for fault in self._faults:
            if not began < fault.starts_at <= until:
                continue
            if fault.kind == APPLIES:
                scheme, code = APPLICATIONS[int(fault.entity.rpartition("-")[2])]
                yield _bought(fault.starts_at - MINUTE, code)
                texts = {"enterprise": code, "scheme": scheme, "move": "submit", "by": "portal",
                         "channel": "demo"}  # fmt: skip
                yield Record(fault.starts_at, APPLICATION, fault.entity, texts, {})
            else:
                texts = {
                    "source": "registry",
                    "as_of": format_day(day_of(fault.starts_at)),
                    "facts": '{"registered_here":false}',
                }
                yield Record(fault.starts_at, FILE, fault.entity, texts, {})


APPLICATIONS: Final = (
    ("compute-voucher", make_code(DEMO)),
    ("research-grant", make_code(DEMO)),
    ("compute-voucher", make_code(11)),
    ("headquarters", make_code(3)),
)


def _shown(one: Enterprise) -> dict[str, dict[str, object]]:
    """What is told of an enterprise; the one that is shown end to end is a small maker of chips."""
    facts = {source: dict[str, object](told) for source, told in one.facts.items()}
    if one.number == DEMO:
        facts["registry"] |= {"industry": "chips", "size": "small", "registered_here": True,
                              "founded": "2018-06-01"}  # fmt: skip
        facts["department"] = {"status": ["high-tech"], "clean_record": True}
        facts["statistics"] = {"revenue": 4_200_000_000, "research": 380_000_000, "patents": 9,
                               "staff": 64, "graduates": 5, "taxes": 160_000_000}  # fmt: skip
    return facts


def _bought(at: int, code: str) -> Record:
    """A settled job, large enough for a voucher."""
    return Record(
        at, COMPUTE, entity_of(code), {}, {"card_h": 4_000.0, "spend_fen": 4_000.0 * CARD_H_FEN}
    )


def _rows(records: Sequence[Record]) -> Iterator[Rows]:
    """The records as rows, those of one stream that follow each other together."""
    for stream in (FILE, COMPUTE, APPLICATION, ROUND):
        mine = [one for one in records if one.stream is stream]
        if not mine:
            continue
        ids = tuple(dict.fromkeys(one.entity for one in mine))
        place = {entity: at for at, entity in enumerate(ids)}
        yield Rows(
            stream=stream.name,
            ids=ids,
            codes=np.array([place[one.entity] for one in mine], dtype=np.int32),
            observed_at=np.array([one.at for one in mine], dtype=np.int64),
            numbers={
                field.name: np.array([one.numbers.get(field.name, np.nan) for one in mine])
                for field in stream.numbers
            },
            texts={
                field.name: np.array([one.texts.get(field.name) for one in mine], dtype=object)
                for field in stream.fields
                if field.kind is FieldKind.TEXT
            },
        )


def demo_faults(started_at: int) -> tuple[Fault, ...]:
    """The applications of a demonstration, and a firm that leaves after it was paid; ns."""
    within = 30 * MINUTE
    minutes = (5, 9, 40, 70)
    came = tuple(
        Fault(
            APPLIES,
            f"{KIND}demo-{scheme}-{at}",
            started_at + minute * MINUTE,
            started_at + minute * MINUTE + within,
        )
        for at, ((scheme, _), minute) in enumerate(zip(APPLICATIONS, minutes, strict=True))
    )
    left_at = started_at + 300 * MINUTE
    left = Fault(MOVES_AWAY, entity_of(APPLICATIONS[2][1]), left_at, left_at + within)
    return (*came, left)
