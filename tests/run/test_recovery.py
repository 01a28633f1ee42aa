"""A node that stopped anywhere goes on as if it never had."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

import pytest

from haihe.log import store
from haihe.run import recovery
from haihe.run.keeping import TICK
from haihe.run.node import Node
from haihe.run.records import items_of
from haihe.run.recovery import chunks
from tests.run.histories import History, Seeded, begun, of
from tests.run.lives import given, lose_steps, opened, outcome_of, save, steps_again

SEEDS = (3, 4, 5)
LENGTH = 40


@cache
def history_of(seed: int) -> History:
    return of(begun(), Seeded(seed), steps=LENGTH)


@contextmanager
def stopping(node: Node) -> Iterator[Node]:
    try:
        yield node
    finally:
        node.stop()


@pytest.fixture(scope="module", params=SEEDS)
def never_stopped(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[History, dict[str, object]]:
    history = history_of(request.param)
    with stopping(opened(tmp_path_factory.mktemp("whole"))) as node:
        for item in history.items:
            given(node, item, history)
        return history, outcome_of(node)


@pytest.mark.parametrize("loses", [False, True], ids=["after a round", "within a round"])
@pytest.mark.parametrize("saves", [False, True], ids=["from the log", "from a snapshot"])
def test_stopping_again_and_again_changes_nothing(
    never_stopped: tuple[History, dict[str, object]], tmp_path: Path, *, loses: bool, saves: bool
) -> None:
    history, whole = never_stopped
    node = opened(tmp_path)
    for place, item in enumerate(history.items):
        is_last_breath = place % 3 == 1
        if is_last_breath and loses:
            lose_steps(node, item, history)
        else:
            given(node, item, history)
        if is_last_breath:
            node.stop()
            node = opened(tmp_path)
        if saves and place % 4 == 0:
            save(node)
    with stopping(node):
        assert outcome_of(node) == whole


def test_a_log_taken_anew_gives_the_steps_that_stand_in_it(
    never_stopped: tuple[History, dict[str, object]], tmp_path: Path
) -> None:
    history, whole = never_stopped
    with stopping(opened(tmp_path)) as node:
        for item in history.items:
            given(node, item, history)
        for author, steps in steps_again(node).items():
            assert steps == whole.get(author, b"")


def test_a_start_with_nothing_new_writes_nothing(tmp_path: Path) -> None:
    history = history_of(3)
    with stopping(opened(tmp_path)) as node:
        for item in history.items:
            given(node, item, history)
        size, position = node.log.size, store.position(node.log.reader(), TICK)
    with stopping(opened(tmp_path)) as node:
        assert (node.log.size, store.position(node.log.reader(), TICK)) == (size, position)


def test_recovery_reads_in_pieces_of_a_bounded_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = history_of(3)
    with closing(opened(tmp_path).log) as log, monkeypatch.context() as patch:
        patch.setattr(recovery, "ITEMS_AT_ONCE", 5)
        assert all(len(piece) <= 5 for piece in chunks(iter(history.items)))
        patch.setattr(recovery, "ROWS_AT_ONCE", 1)
        found = [item for piece in chunks(iter(history.items)) for item in piece]
        assert found == history.items
        assert sum(1 for _ in items_of(log.read())) == 1  # The declarations of the start.
