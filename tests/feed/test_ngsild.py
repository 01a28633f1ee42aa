"""What comes of NGSI-LD entities: attributes to fields, ids to entities, places to lon and lat."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haihe.errors import RecordRefused
from haihe.feed.cefact import CODE_UNIT
from haihe.feed.door import Reason, Taken
from haihe.feed.ngsild import NULL, decode_ngsild
from haihe.model.time import SECOND, format_instant
from haihe.model.units import UNITS
from tests.feed.bodies import CART, GAS, NOW, body_of, only, records_of

AT = "2026-01-01T08:00:00+08:00"
ID = "urn:ngsi-ld:Cart:1"
EXPECTED = {
    "entity": ID, "observed_at": NOW, "lon": 117.7, "lat": 39.0, "temperature": 21.5, "driver": "Li"
}  # fmt: skip


def told(value: object, **more: object) -> dict[str, object]:
    return {"type": "Property", "value": value, "observedAt": AT, **more}


def cart(**attributes: object) -> dict[str, object]:
    entity: dict[str, object] = {
        "id": ID,
        "type": "Cart",
        "temperature": told(21.5, unitCode="CEL"),
        "driver": told("Li"),
        "location": {
            "type": "GeoProperty", "value": {"type": "Point", "coordinates": [117.7, 39.0]},
        },
    }  # fmt: skip
    entity.update(attributes)
    return {name: value for name, value in entity.items() if value is not None}


def take(*entities: object) -> Taken:
    return decode_ngsild(body_of(*entities), CART, now=NOW + 10 * SECOND)


def test_a_normalised_entity_becomes_a_record_with_its_place() -> None:
    taken = take(cart(), cart())
    assert records_of(taken.rows) == [EXPECTED, EXPECTED]
    assert taken.refused == ()
    single = decode_ngsild(msgspec.json.encode(cart()), CART, now=NOW)
    assert records_of(single.rows) == [EXPECTED]


def test_a_simplified_entity_is_observed_now() -> None:
    entity = {
        "id": ID, "type": "Cart", "temperature": 21.5, "driver": "Li",
        "location": {"type": "Point", "coordinates": [117.7, 39.0]},
    }  # fmt: skip
    taken = take(entity)
    assert records_of(taken.rows) == [EXPECTED | {"observed_at": NOW + 10 * SECOND}]
    assert taken.refused == ()


def test_what_describes_the_entity_itself_is_passed_over() -> None:
    entity = cart(scope="/port", createdAt=AT, modifiedAt=AT) | {"@context": ["https://x"]}
    assert take(entity | {"type": ["Cart", "Vehicle"]}).refused == ()


def test_sub_attributes_are_no_values_of_the_stream() -> None:
    taken = take(cart(temperature=told(21.5, accuracy={"type": "Property", "value": 0.1})))
    assert records_of(taken.rows) == [EXPECTED]


def test_an_attribute_the_stream_does_not_know_is_refused_and_the_rest_stays() -> None:
    taken = take(cart(), cart(fuel=told(3)), cart())
    assert records_of(taken.rows) == [EXPECTED] * 3
    refusal = only(taken.refused)
    assert (refusal.reason, refusal.field, refusal.entity) == (Reason.UNKNOWN_FIELD, "fuel", ID)
    assert "temperature" in refusal.message


@pytest.mark.parametrize(
    ("attribute", "reason", "words"),
    [
        (told(99), Reason.ABSURD, "99.0 degC; it must be -50 to 80"),
        (told("warm"), Reason.WRONG_TYPE, "warm"),
        (told(70, unitCode="FAH"), Reason.WRONG_UNIT, r"FAH .*expected degC \(degC, CEL\)"),
        (told(294, unitCode="KEL"), Reason.WRONG_UNIT, r"KEL \(K\)"),
        ({"type": "Relationship", "object": "urn:x"}, Reason.WRONG_TYPE, "has no value"),
        ([told(1), told(2)], Reason.WRONG_TYPE, "an array"),
        ({"value": 1, "observedAt": 5}, Reason.BAD_TIME, "observedAt is 5"),
        (True, Reason.WRONG_TYPE, "a boolean"),
    ],
)
def test_a_bad_attribute_is_refused_alone(attribute: object, reason: Reason, words: str) -> None:
    taken = take(cart(temperature=attribute))
    without = {name: value for name, value in EXPECTED.items() if name != "temperature"}
    assert records_of(taken.rows) == [without]
    refusal = only(taken.refused)
    assert refusal.reason is reason
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(refusal.message)


@pytest.mark.parametrize("nothing", [None, NULL])
def test_a_null_attribute_is_missing(nothing: object) -> None:
    taken = take(cart(temperature=told(nothing)))
    assert "temperature" not in records_of(taken.rows)[0]
    assert taken.refused == ()


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 0]]]},
        {"type": "Point", "coordinates": [1]},
        {"type": "Point"},
        "somewhere",
    ],
)
def test_a_place_that_is_no_point_is_refused_alone(geometry: object) -> None:
    taken = take(cart(location={"type": "GeoProperty", "value": geometry}))
    assert "lon" not in records_of(taken.rows)[0]
    assert only(taken.refused).field == "location"
    assert "expected a GeoJSON Point" in only(taken.refused).message


def test_a_third_coordinate_is_passed_over_and_an_absurd_one_refused() -> None:
    high = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [117.7, 39.0, 12.0]}}
    assert records_of(take(cart(location=high)).rows) == [EXPECTED]
    far = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [217.7, 39.0]}}
    refusal = only(take(cart(location=far)).refused)
    assert (refusal.reason, refusal.field) == (Reason.ABSURD, "lon")


def test_attributes_observed_at_different_times_become_records_of_their_own() -> None:
    later = format_instant(NOW + SECOND)
    taken = take(cart(driver={"type": "Property", "value": "Li", "observedAt": later}))
    assert taken.refused == ()
    assert sorted(records_of(taken.rows), key=lambda record: str(record["observed_at"])) == [
        {name: value for name, value in EXPECTED.items() if name != "driver"},
        {"entity": ID, "observed_at": NOW + SECOND, "driver": "Li"},
    ]


def test_an_entity_without_id_or_attributes_is_refused_whole() -> None:
    taken = take({"type": "Cart", "temperature": 3}, {"id": ID, "type": "Cart"}, 7)
    assert taken.rows is None
    assert [refusal.reason for refusal in taken.refused] == [
        Reason.MISSING_ENTITY, Reason.EMPTY, Reason.MALFORMED,
    ]  # fmt: skip


def test_a_time_too_far_ahead_is_refused_whole() -> None:
    ahead = format_instant(NOW + 3_600 * SECOND)
    taken = take({"id": ID, "type": "Cart", "temperature": {"value": 3, "observedAt": ahead}})
    assert only(taken.refused).reason is Reason.FUTURE


def test_a_body_that_is_not_json_is_refused_whole() -> None:
    for body in (b"", b"[{]", msgspec.json.encode(cart()) + b"," + msgspec.json.encode(cart())):
        with pytest.raises(RecordRefused):
            decode_ngsild(body, CART, now=NOW)


def test_every_unit_code_means_a_unit_of_the_house() -> None:
    assert set(CODE_UNIT.values()) <= UNITS


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-100, 200) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["value", "type", "observedAt", "unitCode", "coordinates"]), inner
        )
    ),
    max_leaves=8,
)
readings = st.fixed_dictionaries({"value": st.floats(0, 30)}, optional={"observedAt": st.just(AT)})
entities = st.dictionaries(
    st.sampled_from(["id", "type", "methane", "oxygen", "state", "location"]),
    readings | st.just(ID) | anything,
)


@given(st.lists(entities, min_size=1, max_size=8))
def test_every_entity_is_taken_or_refused_and_alone_or_together_alike(found: list[Any]) -> None:
    together = decode_ngsild(body_of(*found), GAS, now=NOW)
    alone = [decode_ngsild(body_of(entity), GAS, now=NOW) for entity in found]
    assert all(taken.rows is not None or taken.refused for taken in alone)
    assert sorted(map(str, records_of(together.rows))) == sorted(
        str(record) for taken in alone for record in records_of(taken.rows)
    )
    assert len(together.refused) == sum(len(taken.refused) for taken in alone)
