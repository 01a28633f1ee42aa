import numpy as np

from haihe.model import Batch
from haihe.model.record import gather


def batch(stream: str, *offsets: int, **numbers: float) -> Batch:
    count = len(offsets)
    return Batch(
        stream=stream,
        offsets=np.array(offsets, dtype=np.int64),
        slots=np.array([offset % 2 for offset in offsets], dtype=np.int32),
        observed_at=np.array(offsets, dtype=np.int64),
        received_at=np.array(offsets, dtype=np.int64),
        numbers={name: np.full(count, value) for name, value in numbers.items()},
        texts={"note": np.array(["ok"] * count, dtype=object)},
    )


def test_batches_of_one_stream_become_one_in_order() -> None:
    found = gather([batch("t.a", 0, 1, x=1.0), batch("t.b", 2, x=2.0), batch("t.a", 3, x=3.0)])
    assert list(found) == ["t.a", "t.b"]
    assert found["t.a"].offsets.tolist() == [0, 1, 3]
    assert found["t.a"].numbers["x"].tolist() == [1.0, 1.0, 3.0]
    assert found["t.a"].texts["note"].tolist() == ["ok"] * 3


def test_a_field_one_batch_is_older_than_is_missing_in_its_rows() -> None:
    found = gather([batch("t.a", 0, x=1.0), batch("t.a", 1, x=2.0, y=5.0)])["t.a"]
    assert np.isnan(found.numbers["y"][0])
    assert found.numbers["y"][1] == 5.0


def test_one_row_is_an_observation_of_its_entity() -> None:
    seen = batch("t.a", 4, 5, x=1.5).observation(1, "zone/7")
    assert (seen.stream, seen.entity, seen.offset, seen.observed_at) == ("t.a", "zone/7", 5, 5)
    assert (seen.numbers, seen.texts) == ({"x": 1.5}, {"note": "ok"})
    assert batch("t.a", 4, 5, 6, x=1.0).rows_of(0).tolist() == [0, 2]
