"""Same log, same decisions: however the stream was cut, the steps are the same bytes."""

from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haihe.log.directory import Directory
from haihe.model.line import Line, decode_lines, encode_lines
from haihe.run.engine import Engine, Item, Told
from haihe.state.desk import Desk
from tests.run.histories import Chance, History, Seeded, begun, of, rows_apart
from tests.run.zone import PACKS

LONG = range(12)


class Drawn(Chance):
    """Choices that hypothesis makes, and can make smaller."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def below(self, count: int) -> int:
        return self._data.draw(st.integers(0, count - 1))


def all_at_once(items: Sequence[Item]) -> list[list[Item]]:
    return [list(items)]


def one_by_one(items: Iterable[Item]) -> list[list[Item]]:
    return [[item] for item in items]


def cut(items: Iterable[Item], chance: Chance) -> list[list[Item]]:
    pieces: list[list[Item]] = [[]]
    for item in items:
        if chance.below(3) == 0:
            pieces.append([])
        pieces[-1].append(item)
    return pieces


def record_by_record(items: Iterable[Item]) -> list[list[Item]]:
    class First(Chance):
        def below(self, count: int) -> int:
            return 0

    return one_by_one(rows_apart(list(items), First()))


def known_by(history: History, items: Sequence[Item], directory: Directory) -> None:
    """Learn the entities the items speak of, as the log does when it appends them."""
    for item in items:
        if not isinstance(item, Told):
            whole = history.directory.ids(item.stream)
            have = len(directory.ids(item.stream))
            directory.assign(item.stream, whole[: max(have, int(item.slots.max()) + 1)])


def steps_of(history: History, pieces: list[list[Item]]) -> tuple[bytes, bytes, Engine]:
    """What the pieces give, each as soon as the log knows it and no more."""
    directory = Directory()
    engine = Engine(PACKS, directory)
    steps: list[Line] = []
    shadow_steps: dict[str, list[Line]] = {}
    for piece in pieces:
        known_by(history, piece, directory)
        outcome = engine.take(piece)
        steps += outcome.steps
        for rule, own in outcome.shadow_steps.items():
            shadow_steps.setdefault(rule, []).extend(own)
    return encode_lines(steps), b"".join(map(encode_lines, shadow_steps.values())), engine


def state_of(engine: Engine) -> list[object]:
    """What two engines that took the same log must agree on."""
    casework = engine.track.casework
    desk = casework.desk
    live = [
        [*stream.observed_at[: stream.count], *stream.offset[: stream.count]]
        + [str(column[: stream.count].tolist()) for column in stream.numbers.values()]
        + [str(column[: stream.count].tolist()) for column in stream.texts.values()]
        for stream in engine.live.streams()
    ]
    return [
        desk.cases, desk.orders, desk.standing, desk.opened, desk.decided, casework.timers.all(),
        casework.evidence, casework.shelved, casework.places,
        engine.failed, engine.now, engine.next_offset, live,
        {name: rule.version for name, rule in engine.rules.items()},
        {name: shadow.agreement(engine.now) for name, shadow in engine.shadows.items()},
    ]  # fmt: skip


def lines_of(steps: bytes) -> list[bytes]:
    return steps.split(b"\n")


@cache
def lived(seed: int) -> tuple[History, tuple[bytes, bytes, Engine]]:
    """A long history, and what all of it at once gives."""
    history = of(begun(), Seeded(seed), steps=250)
    return history, steps_of(history, all_at_once(history.items))


def assert_same_however_cut(history: History, chance: Chance) -> None:
    assert_same_as(steps_of(history, all_at_once(history.items)), history, chance)


def assert_same_as(whole: tuple[bytes, bytes, Engine], history: History, chance: Chance) -> None:
    steps, shadow_steps, engine = whole
    for pieces in (
        one_by_one(history.items),
        record_by_record(history.items),
        cut(rows_apart(history.items, chance), chance),
    ):
        again, shadow_again, other = steps_of(history, pieces)
        assert lines_of(again) == lines_of(steps)
        assert lines_of(shadow_again) == lines_of(shadow_steps)
        assert state_of(other) == state_of(engine)


@settings(max_examples=80)
@given(st.data())
def test_the_steps_of_any_history_do_not_depend_on_how_it_was_cut(data: st.DataObject) -> None:
    chance = Drawn(data)
    assert_same_however_cut(of(begun(), chance, steps=chance.below(14)), chance)


@pytest.mark.parametrize("seed", LONG)
def test_the_steps_of_a_long_history_do_not_depend_on_how_it_was_cut(seed: int) -> None:
    history, whole = lived(seed)
    assert_same_as(whole, history, Seeded(seed + 1))


def test_the_histories_show_every_kind_of_step() -> None:
    found = b"".join(lived(seed)[1][0] for seed in LONG)
    kinds = {line.split(b'"')[3].decode() for line in found.split(b"\n") if line}
    assert kinds == {
        "alarm-raised", "alarm-cleared", "case-opened", "case-joined", "decided", "dispatched",
        "order-moved", "case-moved", "case-closed", "escalated", "refused", "rule-changed",
        "case-merged", "turn-taken", "effect-measured",
    }  # fmt: skip


@pytest.mark.parametrize("seed", LONG)
def test_the_desk_follows_from_the_steps_alone(seed: int) -> None:
    _, (steps, _, engine) = lived(seed)
    desk = Desk()
    for step in decode_lines(steps):
        desk.apply(step)  # type: ignore[arg-type]  # An engine gives steps, and nothing else.
    kept = engine.track.casework.desk
    assert (desk.cases, desk.orders, desk.standing) == (kept.cases, kept.orders, kept.standing)
    assert np.all([desk.opened == kept.opened, desk.decided == kept.decided])
