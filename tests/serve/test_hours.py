"""Means by the hour: the same as history says, read from it only as far as needed."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from haihe.model.time import HOUR
from haihe.serve.hours import AGAIN, OPEN, Hours, OfField
from haihe.state.history_query import Span
from tests.state.past import ENTITIES, START_AT, Past, a_past

AIR = OfField("city.air", "value", ENTITIES)


def told(past: Past, minutes: Sequence[int], value: float) -> None:
    past.append("city.air", [(0, minute, value, None) for minute in minutes])


def looked(hours: Hours, past: Past, *, until: int, since: int = 0) -> dict[int, float]:
    """Hour to mean, hours counted from the begin."""
    span = Span(START_AT + since * HOUR, START_AT + until * HOUR + 1)
    means = hours.look(past.history, AIR, span=span)
    places = ((means.at - START_AT) // HOUR).tolist()
    return dict(zip(places, means.mean.tolist(), strict=True))


def test_hours_that_are_over_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hours = Hours()
    with a_past(tmp_path) as past:
        for hour in range(8):
            told(past, [60 * hour, 60 * hour + 30], float(hour))
        assert looked(hours, past, until=8) == {hour: float(hour) for hour in range(8)}
        asked: list[Span] = []
        series = past.history.series

        def noted(*args: object, **kwargs: object) -> object:
            asked.append(kwargs["span"])  # type: ignore[arg-type]  # As ``Hours`` calls it.
            return series(*args, **kwargs)  # type: ignore[arg-type]  # As above.

        monkeypatch.setattr(past.history, "series", noted)
        told(past, [60 * 8], 8.0)
        assert looked(hours, past, until=9) == {hour: float(hour) for hour in range(9)}
        begin = START_AT + 8 * HOUR - OPEN
        assert min(span.from_at for span in asked) == begin
        assert looked(hours, past, until=9, since=4) == {h: float(h) for h in range(4, 9)}


def test_a_record_that_comes_late_counts_at_once_in_an_open_hour_and_in_a_day_in_any(
    tmp_path: Path,
) -> None:
    hours = Hours()
    with a_past(tmp_path) as past:
        for hour in range(6):
            told(past, [60 * hour], 1.0)
        looked(hours, past, until=6)
        told(past, [60 * 5 + 1], 3.0)
        told(past, [1], 3.0)
        found = looked(hours, past, until=6)
        assert (found[0], found[5]) == (1.0, 2.0)
        again = looked(hours, past, until=6 + AGAIN // HOUR)
        assert (again[0], again[5]) == (2.0, 2.0)


def test_a_clock_that_was_ahead_or_a_longer_look_back_does_not_show(tmp_path: Path) -> None:
    hours = Hours()
    with a_past(tmp_path) as past:
        told(past, [0, 60, 120, 180, 600], 1.0)
        assert set(looked(hours, past, until=11)) == {0, 1, 2, 3, 10}
        assert set(looked(hours, past, until=5)) == {0, 1, 2, 3}
        assert looked(hours, past, until=0) == {0: 1.0}
        assert set(looked(hours, past, until=11, since=2)) == {2, 3, 10}
        assert set(looked(hours, past, until=11)) == {0, 1, 2, 3, 10}
