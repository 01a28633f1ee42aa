import numpy as np
import pytest

from haihe.detect import Limit, Operator, Seen, Silence, shard_of, split_shards
from haihe.model.time import MINUTE, NEVER, SECOND
from tests.detect.streams import START_AT, column, mixed_stream, only_time

HIGH = Limit("level", high=20.0)
TWO = Operator((("gallery.level-high", HIGH), ("gallery.silent", Silence(5 * MINUTE))))


def test_findings_carry_their_rule_and_come_in_the_order_of_the_log() -> None:
    seen = column([25.0, 1.0, 25.0], every=10 * MINUTE)
    _, found = TWO.step(TWO.start(), seen)
    assert [(f.rule, f.name, f.finding.offset, f.finding.raised) for f in found] == [
        (0, "gallery.level-high", 0, True),
        (1, "gallery.silent", -1, True),
        (0, "gallery.level-high", 1, False),
        (1, "gallery.silent", 1, False),
        (1, "gallery.silent", -1, True),
        (0, "gallery.level-high", 2, True),
        (1, "gallery.silent", 2, False),
    ]


def test_late_and_repeated_rows_are_dropped_and_counted() -> None:
    at = START_AT + SECOND * np.array([10, 5, 10, 11])
    received = np.full(4, START_AT + MINUTE)
    values = {"level": np.array([1.0, 25.0, 25.0, 1.0])}
    seen = Seen(1, np.zeros(4, np.int32), at, received, np.arange(4), values, START_AT + MINUTE)
    memory, found = TWO.step(TWO.start(), seen)
    assert (found, memory.late) == ([], 2)
    memory, found = TWO.step(memory, seen)
    assert (found, memory.late) == ([], 6)


def test_a_late_row_does_not_end_a_silence() -> None:
    memory, _ = TWO.step(TWO.start(), column([1.0]))
    memory, raised = TWO.step(memory, only_time(START_AT + 20 * MINUTE))
    assert [f.finding.raised for f in raised] == [True]
    again = column([1.0])
    received = again.received_at + 30 * MINUTE
    repeated = Seen(
        1, again.slots, again.observed_at, received, again.offsets, again.numbers, int(received[0])
    )
    assert TWO.step(memory, repeated)[1] == []


def test_the_earliest_due_time_of_all_rules_is_the_operators() -> None:
    both = Operator((("a.slow", Silence(9 * MINUTE)), ("a.fast", Silence(2 * MINUTE))))
    assert both.due_at(both.start()) == NEVER
    seen = column([1.0])
    memory, _ = both.step(both.start(), seen)
    assert both.due_at(memory) == int(seen.received_at[0]) + 2 * MINUTE
    assert Operator((("a.high", HIGH),)).due_at(Operator((("a.high", HIGH),)).start()) == NEVER


def test_ties_are_ordered_by_rule_then_entity() -> None:
    pair = Operator((("a.first", HIGH), ("a.second", HIGH)))
    at = np.full(2, START_AT)
    seen = Seen(
        2, np.array([1, 0], np.int32), at, at, np.array([4, 4]), {"level": at + 99.0}, START_AT
    )
    _, found = pair.step(pair.start(), seen)
    assert [(f.rule, f.finding.slot) for f in found] == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_the_shard_of_an_id_is_its_crc32_in_utf8() -> None:
    # The check value of CRC-32 over "123456789" is CBF43926 (ISO 3309, as every table gives it).
    assert shard_of(["123456789"], 1000).tolist() == [0xCBF43926 % 1000]
    assert set(shard_of([f"井/{i}" for i in range(100)], 4).tolist()) == {0, 1, 2, 3}
    with pytest.raises(ValueError, match="shards is 0"):
        shard_of(["zone/1"], 0)


def test_shards_share_the_rows_out_and_all_get_the_time() -> None:
    seen = mixed_stream(3, rows=50, entities=9)
    parts = split_shards(seen, shard_of([f"zone/{i}" for i in range(9)], 2), shards=2)
    offsets = sorted(offset for part in parts for offset in part.offsets.tolist())
    assert offsets == seen.offsets.tolist()
    assert sum(part.entities for part in parts) == 9
    assert [part.now for part in parts] == [seen.now, seen.now]
    for part in parts:
        assert int(part.slots.max()) < part.entities
