"""A mapping file is checked whole before any row is read, and says which part is not in order."""

from pathlib import Path

import pytest

from haihe.errors import RecordRefused
from haihe.feed.mapping import load_mapping, parse_mapping, ready_mappings
from tests.feed.bodies import GAS

BASE = """
stream:
  name: lab.heat
  fields: [{name: heat, unit: K, low: 0}]
entity: "room/{stem}"
time: {columns: [t], zone: UTC}
columns: {h: heat}
"""


def test_a_small_mapping_is_enough_and_the_rest_has_defaults() -> None:
    mapping = parse_mapping(BASE)
    assert mapping.stream.name == "lab.heat"
    assert (mapping.format, mapping.separator, mapping.decimal) == ("csv", ",", ".")
    assert mapping.columns["h"].field == "heat"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("h: heat", "h: cold"), "no field 'cold'; it has heat"),
        (("unit: K", "unit: kelvin"), "unit 'kelvin'"),
        (("columns: {h: heat}", ""), "either columns .* or wide"),
        (("columns: {h: heat}", "columns: {h: heat, g: heat}"), "same field"),
        (('entity: "room/{stem}"', ""), "give entity"),
        (("[t]", "[]"), "time.columns is empty"),
        (("zone: UTC", "zone: UTC, format: dd.mm"), "time.format is 'dd.mm'"),
        (("zone: UTC", "format: '%d.%m.%Y'"), "time.zone is missing"),
        (("time:", "colour: red\ntime:"), "colour"),
        (("time:", "format: xls\ntime:"), "csv, ndjson or parquet"),
        (("time:", 'decimal: ","\ntime:'), "not the same"),
        (("time:", "labels: [{name: x}]\ntime:"), "one of column, windows or table"),
        (("time:", "labels: [{name: x, windows: w.json}]\ntime:"), "needs key"),
        (("time:", "labels: [{name: x, table: t.csv}]\ntime:"), "needs entity, start and end"),
        (("stream:", "stream: ["), "mapping 'm'"),
    ],
)
def test_a_part_that_is_not_in_order_is_named(change: tuple[str, str], told: str) -> None:
    with pytest.raises(RecordRefused, match=told):
        parse_mapping(BASE.replace(*change), name="m")


def test_a_mapping_may_refer_to_the_stream_of_a_pack() -> None:
    text = 'stream: gallery.gas\nentity: "zone/{z}"\ntime: {columns: [t]}\ncolumns: {m: methane}'
    assert parse_mapping(text, streams={"gallery.gas": GAS}).stream is GAS
    with pytest.raises(RecordRefused, match="declared by no pack"):
        parse_mapping(text)


def test_the_mappings_of_the_house_are_in_order_and_state_their_zone() -> None:
    assert ready_mappings() == ("beijing_air", "ltown_flows", "ltown_levels", "nab", "skab")
    for name in ready_mappings():
        mapping = load_mapping(name)
        assert mapping.title
        assert mapping.source
        assert mapping.time.zone
        assert mapping.time.assumed, "none of these files carries a zone"


def test_a_mapping_that_does_not_exist_is_told_with_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(RecordRefused, match=r"nowhere.*beijing_air"):
        load_mapping(tmp_path / "nowhere.yaml")


def test_a_mapping_of_ones_own_is_read_from_its_path(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(BASE, encoding="utf-8")
    assert load_mapping(path) == parse_mapping(BASE)
