import pytest

from haihe.model import Field, FieldKind, Stream
from haihe.model.entity import ID_MAX, check_entity_id
from haihe.model.stream import FIELDS_MAX

VALUE = Field("value", "1")


@pytest.mark.parametrize("name", ["gallery.gas", "a", "a1.b_2-C.d"])
def test_a_stream_has_a_name_that_can_be_typed(name: str) -> None:
    assert Stream(name, (VALUE,)).name == name


@pytest.mark.parametrize("name", ["", "Gas", "1a", "a..b", "a b", "a/b", "甲烷", "a" * 121, "a\n"])
def test_a_stream_with_any_other_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="must look like"):
        Stream(name, (VALUE,))


@pytest.mark.parametrize("name", ["fact", "step", "shadow"])
def test_a_stream_is_not_called_like_an_author_of_the_logs_lines(name: str) -> None:
    with pytest.raises(ValueError, match="the log's own"):
        Stream(name, (VALUE,))


def test_a_stream_has_at_least_one_field_and_none_twice() -> None:
    many = tuple(Field(f"f{number}", "1") for number in range(FIELDS_MAX + 1))
    for fields, words in (
        ((), "has 0 fields"),
        (many, f"has {FIELDS_MAX + 1} fields"),
        ((VALUE, VALUE), "names a field twice"),
        ((Field("offset", "1"),), "offset is not free"),
    ):
        with pytest.raises(ValueError, match=words):
            Stream("t.a", fields)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ({"name": "2nd", "unit": "1"}, "letters, digits"),
        ({"name": "a-b", "unit": "1"}, "letters, digits"),
        ({"name": "a", "unit": "furlong"}, "not known"),
        ({"name": "a", "unit": "1", "low": 2.0, "high": 1.0}, "low 2.0 above high 1.0"),
        ({"name": "a", "unit": "1", "low": float("nan"), "high": 1.0}, "above high"),
    ],
)
def test_a_field_that_cannot_be_is_refused(field: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Field(**field)  # type: ignore[arg-type]  # Named above.


def test_a_stream_with_lon_and_lat_as_numbers_has_a_place() -> None:
    lon, lat = Field("lon", "deg"), Field("lat", "deg")
    assert Stream("t.a", (lon, lat)).is_placed
    assert not Stream("t.a", (lon, VALUE)).is_placed
    assert not Stream("t.a", (lon, Field("lat", kind=FieldKind.TEXT))).is_placed


def test_an_unknown_field_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="no field 'x'; it has value"):
        Stream("t.a", (VALUE,)).field("x")


def test_a_widened_stream_keeps_its_own_word_on_what_both_have() -> None:
    old = Stream("t.a", (Field("value", "m", 0, 1), Field("gone", "1")), source="old")
    new = Stream("t.a", (Field("value", "m", 0, 2),), source="new").widened(old)
    assert [(field.name, field.high) for field in new.fields] == [("value", 2), ("gone", None)]
    assert new.source == "new"
    assert new.widened(new) is new


@pytest.mark.parametrize("entity", ["zone/7", "urn:ngsi-ld:Zone:7", "泵/1", "x" * ID_MAX])
def test_ids_that_can_be_shown_are_taken(entity: str) -> None:
    check_entity_id(entity)


@pytest.mark.parametrize("entity", ["", "a b", "a\n", "\x00", "x" * (ID_MAX + 1), "a\u3000b"])
def test_ids_that_cannot_be_shown_are_refused(entity: str) -> None:
    with pytest.raises(ValueError, match="must be 1 to"):
        check_entity_id(entity)
