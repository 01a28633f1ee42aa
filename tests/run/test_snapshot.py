from pathlib import Path

import pytest

from haihe.log.sqlite import SqliteLog
from haihe.model.line import Verb, encode_lines
from haihe.run import snapshot_file
from haihe.run.engine import Engine
from haihe.run.node import Node
from haihe.run.snapshot import encode_snapshot, restore
from haihe.run.snapshot_file import write_snapshot
from tests.run.world import a_leak, act, air, lines, node_on, sent, told
from tests.run.zone import PACKS, T0


def keep(node: Node, folder: Path) -> None:
    write_snapshot(folder, encode_snapshot(node.engine, node.log))


def fresh(folder: Path) -> tuple[Engine, SqliteLog]:
    log = SqliteLog(folder, read_only=True)
    return Engine(PACKS, log.directory), log


def settle(node: Node) -> None:
    told(node, act(Verb.DELIVERED, "a-1/1", "gateway", minute=4))
    told(node, act(Verb.REPORT, "a-1/2", "ann", minute=4))
    told(node, act(Verb.VERIFY, "a-1/2", "bo", minute=4))
    sent(node, air("zone/1", [5, 6], [1.0, 1.0]))


def test_a_start_from_a_snapshot_gives_the_same_steps_as_never_stopping(tmp_path: Path) -> None:
    with node_on(tmp_path / "one") as node:
        told(node, act(Verb.SHADOW, "a.methane-stays", "ann", minute=0))
        a_leak(node)
        settle(node)
        never_stopped = encode_lines(lines(node))
    with node_on(tmp_path / "two") as node:
        told(node, act(Verb.SHADOW, "a.methane-stays", "ann", minute=0))
        a_leak(node)
        keep(node, tmp_path / "two")
    with node_on(tmp_path / "two") as node:
        assert "a.methane-stays" in node.engine.shadows
        settle(node)
        assert encode_lines(lines(node)) == never_stopped


def test_only_what_came_after_the_snapshot_is_read_again(tmp_path: Path) -> None:
    with node_on(tmp_path) as node:
        a_leak(node)
        keep(node, tmp_path)
        position = node.engine.next_offset
    engine, log = fresh(tmp_path)
    assert restore(engine, log, folder=tmp_path)
    assert engine.next_offset == position
    assert engine.live["a.air"].observation(0).observed_at == T0 + 4 * 60 * 10**9


@pytest.mark.parametrize("damage", ["cut", "flipped", "absent"])
def test_a_damaged_snapshot_is_left_alone_and_the_log_is_read(tmp_path: Path, damage: str) -> None:
    with node_on(tmp_path) as node:
        a_leak(node)
        keep(node, tmp_path)
    path = tmp_path / snapshot_file.FILE_NAME
    data = bytearray(path.read_bytes())
    if damage == "cut":
        path.write_bytes(data[:-9])
    elif damage == "flipped":
        data[100] ^= 1
        path.write_bytes(data)
    else:
        path.unlink()
    engine, log = fresh(tmp_path)
    assert not restore(engine, log, folder=tmp_path)
    with node_on(tmp_path) as node:
        assert "a-1" in node.engine.track.casework.desk.cases


def test_a_snapshot_of_another_log_is_not_believed(tmp_path: Path) -> None:
    for name, methane in (("one", 30.0), ("two", 31.0)):
        with node_on(tmp_path / name) as node:
            sent(node, air("zone/1", [0, 1], [1.0, methane]))
            keep(node, tmp_path / name)
    foreign = (tmp_path / "one" / snapshot_file.FILE_NAME).read_bytes()
    (tmp_path / "two" / snapshot_file.FILE_NAME).write_bytes(foreign)
    engine, log = fresh(tmp_path / "two")
    assert not restore(engine, log, folder=tmp_path / "two")


def test_a_snapshot_of_other_settings_is_not_believed(tmp_path: Path) -> None:
    with node_on(tmp_path) as node:
        a_leak(node)
        keep(node, tmp_path)
    log = SqliteLog(tmp_path, read_only=True)
    assert not restore(Engine(PACKS[:1], log.directory), log, folder=tmp_path)
