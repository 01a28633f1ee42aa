"""The twin of the gallery's people: plans, calls, faults whose truth is known."""

from collections.abc import Sequence

import numpy as np
import pytest

from haihe.model import HOUR, MINUTE, SECOND, Order, Rows
from haihe.packs.gallery.part import STEP
from haihe.packs.gallery.patrols import OVERDUE_AFTER
from haihe.packs.gallery.people_out import call
from haihe.packs.gallery.people_streams import COOLING, PEOPLE_STREAMS, SUSPENDED, WORKING
from haihe.packs.gallery.people_twin import People
from haihe.twin import Fault

START_AT = 1_767_225_600 * SECOND  # 2026-01-01T08:00:00+08:00.
STREAMS = {stream.name: stream for stream in PEOPLE_STREAMS}


def lived(
    people: People, *faults: Fault, minutes: float, since: float = 0, step: int = STEP
) -> list[Rows]:
    """What is told in so many minutes, after some that were lived already."""
    from_at = START_AT + round(since * MINUTE)
    found: list[Rows] = []
    for at in range(from_at, from_at + round(minutes * MINUTE), step):
        found += people.step(at, number=at // step, faults=faults)
    return found


def fault(kind: str, entity: str, size: float = 1.0) -> Fault:
    return Fault(kind, entity, START_AT, START_AT + 48 * HOUR, size)


def told(many: Sequence[Rows], stream: str, *, entity: str, field: str) -> list[float]:
    return [
        float(rows.numbers[field][rows.ids.index(entity)])
        for rows in many
        if rows.stream == stream and entity in rows.ids
    ]


@pytest.mark.parametrize("left", [0, 1])
def test_called_out_everybody_walks_out_of_the_zone_except_who_stays(left: int) -> None:
    people = People(1, zones=8)
    stays = [fault("person-stays", "zone/7")] * left
    lived(people, *stays, minutes=3)
    assert np.count_nonzero(people.zone_of == 6) == 3
    people.obey(call("evacuate", "zone/7"))
    many = lived(people, *stays, minutes=3, since=3)
    assert np.count_nonzero(people.zone_of == 6) == left
    assert told(many, "gallery.board", entity="zone/7", field="to_leave")[-1] == left


def test_the_rolls_and_the_tags_always_tell_the_same() -> None:
    people = People(1, zones=30)
    many = lived(people, fault("person-still", "person/2"), minutes=90)
    tags = [rows for rows in many if rows.stream == "gallery.person"]
    rolls = [rows for rows in many if rows.stream == "gallery.board"]
    for tag, roll in zip(tags, rolls, strict=True):
        zones = tag.numbers["zone"].astype(int)
        counted = np.bincount(zones[zones > 0] - 1, minlength=30)
        assert counted.tolist() == roll.numbers["count"].tolist()
        named = [len(who.split(";")) if who else 0 for who in roll.texts["who"].tolist()]
        assert counted.tolist() == named


def test_a_patrol_sees_every_zone_once_a_shift_and_is_never_overdue_for_an_hours_alarm() -> None:
    people = People(1, zones=24, step=MINUTE)
    many = lived(people, minutes=20, step=MINUTE)
    people.obey(call("evacuate", "zone/7"))
    many += lived(people, minutes=60, since=20, step=MINUTE)
    people.obey(call("all-clear", "zone/7"))
    many += lived(people, minutes=900, since=80, step=MINUTE)
    for number in range(1, 25):
        scans = [
            int(rows.observed_at[0])
            for rows in many
            if rows.stream == "gallery.patrol" and f"checkpoint/{number}" in rows.ids
        ]
        assert len(scans) >= 8
        assert max(np.diff(scans)) < OVERDUE_AFTER


def test_a_permit_is_suspended_until_the_next_and_not_issued_while_the_zone_is_called_out() -> None:
    people = People(1, zones=8, step=MINUTE)

    def states(*, minutes: float, since: float) -> list[float]:
        many = lived(people, minutes=minutes, since=since, step=MINUTE)
        return told(many, "gallery.permit", entity="permit/1", field="state")

    assert states(minutes=5, since=0)[-1] == WORKING
    people.obey(call("evacuate", "zone/7"))
    people.obey(call("permit-suspend", "zone/7"))
    called_out = states(minutes=300, since=5)
    assert called_out[0] == SUSPENDED
    assert WORKING not in called_out
    people.obey(call("all-clear", "zone/7"))
    assert WORKING in states(minutes=300, since=305)


@pytest.mark.parametrize(
    ("kind", "entity", "stream", "field", "limit"),
    [
        ("unpermitted-entry", "zone/2", "gallery.board", "unpermitted", 1.0),
        ("person-still", "person/3", "gallery.person", "still", 3.0),
        ("person-calls", "person/3", "gallery.person", "sos", 1.0),
        ("person-overstays", "person/3", "gallery.person", "over", 15.0),
        ("person-alone", "person/3", "gallery.person", "alone", 10.0),
        ("hot-work-gas", "permit/1", "gallery.permit", "lel", 10.0),
        ("hot-work-untested", "permit/1", "gallery.permit", "test_age", 30.0),
        ("work-unguarded", "permit/1", "gallery.permit", "unguarded", 3.0),
        ("permit-overrun", "permit/1", "gallery.permit", "over", 10.0),
        ("embers-unchecked", "permit/1", "gallery.permit", "state", COOLING),
    ],
)
def test_every_fault_of_people_shows_where_it_is_watched(
    kind: str, entity: str, *, stream: str, field: str, limit: float
) -> None:
    size = 20.0 if kind == "hot-work-gas" else 1.0
    struck = lived(People(1, zones=8), fault(kind, entity, size), minutes=45)
    calm = lived(People(1, zones=8), minutes=45)
    assert max(told(struck, stream, entity=entity, field=field)) >= limit
    assert max(told(calm, stream, entity=entity, field=field)) < limit


def test_a_missed_checkpoint_a_defect_and_a_missing_photo_show_in_the_scans() -> None:
    faults = (
        fault("patrol-missed", "checkpoint/2"),
        fault("defect", "checkpoint/3", 2.0),
        fault("photo-missing", "checkpoint/4"),
    )
    many = lived(People(1, zones=8), *faults, minutes=60)
    assert told(many, "gallery.patrol", entity="checkpoint/2", field="step") == []
    assert told(many, "gallery.patrol", entity="checkpoint/3", field="defect")[1:] == [2, 2, 2]
    assert told(many, "gallery.patrol", entity="checkpoint/4", field="photos")[1:] == [0, 0, 0]


@pytest.mark.parametrize(
    ("kind", "entity", "order"),
    [
        ("person-alone", "person/3", call("page", "person/3")),
        ("person-overstays", "person/3", call("page", "person/3")),
        ("unpermitted-entry", "zone/2", call("warn-off", "zone/2")),
    ],
)
def test_a_call_is_heard_by_who_overstays_is_alone_or_has_no_leave(
    kind: str, entity: str, order: Order
) -> None:
    people = People(1, zones=8)
    stream = "gallery.board" if entity.startswith("zone") else "gallery.person"
    field = {"person-alone": "alone", "person-overstays": "over"}.get(kind, "unpermitted")
    lived(people, fault(kind, entity), minutes=12)
    people.obey(order)
    after = lived(people, fault(kind, entity), minutes=5, since=12)
    assert told(after, stream, entity=entity, field=field)[-1] == 0.0


def test_what_people_tell_is_within_its_range_and_complete() -> None:
    faults = [fault(kind, min(places), 5.0) for kind, places in People(1, zones=30).faults.items()]
    for rows in lived(People(1, zones=30), *faults, minutes=40):
        stream = STREAMS[rows.stream]
        assert list(rows.numbers) == [field.name for field in stream.numbers]
        assert list(rows.texts) == [field.name for field in stream.texts]
        for field in stream.numbers:
            column = rows.numbers[field.name]
            assert field.low is not None
            assert field.high is not None
            assert np.all(np.isnan(column) | ((column >= field.low) & (column <= field.high)))


def test_an_order_to_somebody_unknown_changes_nothing() -> None:
    people = People(1, zones=8)
    strange = [call("evacuate", "zone/99"), call("page", "person/99"), call("evacuate", "person/3"),
               call("permit-suspend", "permit/99"), call("warn-off", "fan/1")]  # fmt: skip
    for order in strange:
        people.obey(order)
    calm = lived(People(1, zones=8), minutes=10)
    for one, two in zip(lived(people, minutes=10), calm, strict=True):
        for name, column in one.numbers.items():
            assert np.array_equal(column, two.numbers[name], equal_nan=True)
