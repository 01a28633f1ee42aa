"""Files as recordings: rows by their own clock, refusals with reasons, labels kept aside."""

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from haihe.errors import RecordRefused
from haihe.feed.door import Reason, RefusedRecord
from haihe.feed.file import Recording, read_file
from haihe.feed.label import Label
from haihe.feed.mapping import Mapping, load_mapping, parse_mapping
from haihe.feed.sheet import CHUNK_ROWS
from haihe.model.time import HOUR, MINUTE, SECOND, parse_instant
from tests.data import ABSENT, data_dir
from tests.feed.bodies import NOW, only, records_of

HEAD = """
stream:
  name: lab.heat
  fields:
    - {name: heat, unit: degC, low: -50, high: 200}
    - {name: mood, kind: text}
"""
PLAIN = (
    HEAD
    + """
entity: "room/{stem}"
time: {columns: [t], zone: "+08:00"}
columns: {h: heat, m: mood}
missing: ["", "NA"]
"""
)


def read_all(recording: Recording) -> tuple[list[dict[str, object]], list[RefusedRecord]]:
    records: list[dict[str, object]] = []
    refused: list[RefusedRecord] = []
    newest = 0
    for taken in recording.chunks:
        refused += taken.refused
        if taken.rows is not None:
            assert taken.rows.received_at is not None
            clock = taken.rows.received_at.tolist()
            assert clock == sorted(clock)
            assert clock[0] >= newest
            newest = clock[-1]
            assert len(taken.rows) <= CHUNK_ROWS
            records += records_of(taken.rows)
    return records, refused


def from_text(
    folder: Path, text: str, mapping: str, *, name: str = "7.csv"
) -> tuple[list[dict[str, object]], list[RefusedRecord]]:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_all(read_file(path, parse_mapping(mapping)))


def test_a_csv_becomes_records_with_its_zone_and_missing_marks(tmp_path: Path) -> None:
    text = "\ufefft,h,m\n2026-01-01 08:00:00,21.5,fine\n2026-01-01 08:00:01.5,NA,\n"
    records, refused = from_text(tmp_path, text + "2026-01-01T08:00:02, 3 ,NA\n", PLAIN)
    assert records == [
        {"entity": "room/7", "observed_at": NOW, "heat": 21.5, "mood": "fine"},
        {"entity": "room/7", "observed_at": NOW + 2 * SECOND, "heat": 3.0},
    ]
    assert only(tuple(refused)).reason is Reason.EMPTY


def test_a_packed_csv_with_semicolons_and_decimal_commas_is_read(tmp_path: Path) -> None:
    path = tmp_path / "7.csv.gz"
    path.write_bytes(
        gzip.compress(b"t;h;m\n2026-01-01 08:00:00;21,5;a\n2026-01-01 08:00:01;3.5;b\n")
    )
    mapping = parse_mapping(PLAIN + 'separator: ";"\ndecimal: ","\n')
    records, refused = read_all(read_file(path, mapping))
    assert [record.get("heat") for record in records] == [21.5, 3.5]
    assert refused == []


def test_units_are_brought_to_the_field_by_scale_and_offset(tmp_path: Path) -> None:
    mapping = PLAIN.replace("h: heat", "h: {field: heat, scale: 0.5, offset: -10}")
    records, _ = from_text(tmp_path, "t,h,m\n2026-01-01 08:00:00,100,a\n", mapping)
    assert records[0]["heat"] == 40.0


def test_bad_cells_rows_and_times_are_refused_with_what_was_found(tmp_path: Path) -> None:
    rows = [
        "2026-01-01 08:00:00,warm,a", "2026-01-01 08:00:01,900,b", "2026-01-01 08:00:02,inf,c",
        "2026-01-01 08:00:03,1,d,e", "yesterday,1,f", "1890-01-01 00:00:00,1,g",
    ]  # fmt: skip
    records, refused = from_text(tmp_path, "t,h,m\n" + "\n".join(rows), PLAIN)
    assert [record.get("mood") for record in records] == ["a", "b", "c"]
    assert not any("heat" in record for record in records)
    found = {refusal.reason: refusal for refusal in refused}
    assert sorted(found) == sorted(
        [Reason.WRONG_TYPE, Reason.ABSURD, Reason.NOT_FINITE, Reason.MALFORMED, Reason.BAD_TIME]
    )
    assert "'warm'; expected a number in degC" in found[Reason.WRONG_TYPE].message
    assert '"h": "warm"' in found[Reason.WRONG_TYPE].raw
    assert "4 cells; expected 3" in found[Reason.MALFORMED].message
    assert "expected iso in +08:00" in found[Reason.BAD_TIME].message
    assert sum(refusal.reason is Reason.BAD_TIME for refusal in refused) == 2


def test_the_time_may_stand_in_several_columns_and_the_entity_in_one(tmp_path: Path) -> None:
    mapping = (
        HEAD
        + """
entity: "room/{where}"
time: {columns: [y, mo, d, h], format: "%Y %m %d %H", zone: Asia/Shanghai}
columns: {v: heat}
ignore: [x]
"""
    )
    text = 'y,mo,d,h,v,where,x\n2026,1,1,8,1,"a",\n2026,1,1,9,2,b,\n2026,1,1,10,3,,\n'
    records, refused = from_text(tmp_path, text, mapping)
    assert [(record["entity"], record["observed_at"]) for record in records] == [
        ("room/a", NOW), ("room/b", NOW + HOUR),
    ]  # fmt: skip
    assert only(tuple(refused)).reason is Reason.MISSING_ENTITY


@pytest.mark.parametrize("cell", ["1767225600", "1767225600000", "1767225600000000000"])
def test_an_epoch_tells_its_unit_by_its_size(tmp_path: Path, cell: str) -> None:
    mapping = PLAIN.replace('zone: "+08:00"', "format: epoch")
    records, _ = from_text(tmp_path, f"t,h,m\n{cell},1,a\n", mapping)
    assert records[0]["observed_at"] == NOW


def test_an_hour_that_comes_twice_is_its_first_and_texts_may_carry_offsets(tmp_path: Path) -> None:
    berlin = PLAIN.replace("+08:00", "Europe/Berlin")
    records, _ = from_text(tmp_path, "t,h,m\n2026-10-25 02:30:00,1,a\n", berlin)
    assert records[0]["observed_at"] == parse_instant("2026-10-25T02:30:00+02:00")
    bare = PLAIN.replace(', zone: "+08:00"', "")
    text = "t,h,m\n2026-01-01T08:00:00+08:00,1,a\n2026-01-01T01:00:00+01:00,1,b\nnever,1,c\n"
    records, refused = from_text(tmp_path, text, bare)
    assert [record["observed_at"] for record in records] == [NOW, NOW]
    assert only(tuple(refused)).reason is Reason.BAD_TIME


def test_a_zone_nobody_knows_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordRefused, match=r"Mars/Base.*write it as '\+08:00'"):
        from_text(
            tmp_path, "t,h,m\n2026-01-01 00:00:00,1,a\n", PLAIN.replace("+08:00", "Mars/Base")
        )


def test_a_row_that_stands_late_in_the_file_is_received_late(tmp_path: Path) -> None:
    path = tmp_path / "7.csv"
    path.write_text("t,h,m\n2026-01-01 08:00:00,1,a\n2026-01-01 07:00:00,2,b\n", encoding="utf-8")
    (taken,) = read_file(path, parse_mapping(PLAIN)).chunks
    assert taken.rows is not None
    assert taken.rows.observed_at.tolist() == [NOW, NOW - HOUR]
    assert taken.rows.received_at is not None
    assert taken.rows.received_at.tolist() == [NOW, NOW]


def test_a_wide_file_has_an_entity_for_each_column(tmp_path: Path) -> None:
    mapping = HEAD + 'wide: {field: heat, entity: "room/{column}"}\ntime: {columns: [t], zone: UTC}'
    text = "t,a,b\n2026-01-01 00:00:00,1,2\n2026-01-01 00:00:01,x,4\n"
    records, refused = from_text(tmp_path, text, mapping)
    assert [(record["entity"], record["heat"]) for record in records] == [
        ("room/a", 1.0), ("room/b", 2.0), ("room/b", 4.0),
    ]  # fmt: skip
    assert [(refusal.reason, refusal.entity) for refusal in refused] == [
        (Reason.WRONG_TYPE, "room/a"), (Reason.EMPTY, "room/a"),
    ]  # fmt: skip


def test_a_long_file_comes_in_chunks_and_can_be_read_again(tmp_path: Path) -> None:
    rows = [
        f"2026-01-01 {8 + at // 3600:02}:{at // 60 % 60:02}:{at % 60:02},{at % 90},x"
        for at in range(25_000)
    ]
    path = tmp_path / "7.csv"
    path.write_text("t,h,m\n" + "\n".join(rows), encoding="utf-8")
    recording = read_file(path, parse_mapping(PLAIN))
    assert len(read_all(recording)[0]) == 25_000
    assert read_all(recording) == read_all(recording)


def test_ndjson_and_parquet_hold_the_same_as_csv(tmp_path: Path) -> None:
    good = '{"t":"2026-01-01 08:00:00","h":21.5,"m":"a"}'
    lines = good + '\n\n{"t":"2026-01-01 08:00:01","h":null}\n{"t":\n'
    expected = [{"entity": "room/7", "observed_at": NOW, "heat": 21.5, "mood": "a"}]
    records, refused = from_text(tmp_path, lines, PLAIN + "format: ndjson\n", name="7.ndjson")
    assert records == expected
    assert {refusal.reason for refusal in refused} == {Reason.MALFORMED, Reason.EMPTY}
    table = pa.table(
        {"t": pa.array([NOW // 1000], pa.timestamp("us", tz="UTC")), "h": [21.5], "m": ["a"]}
    )
    pa.parquet.write_table(table, tmp_path / "7.parquet")
    mapping = parse_mapping(PLAIN + "format: parquet\n")
    assert read_all(read_file(tmp_path / "7.parquet", mapping)) == (expected, [])


def test_runs_of_a_label_column_become_labels(tmp_path: Path) -> None:
    path = tmp_path / "7.csv"
    rows = [f"2026-01-01 08:00:0{at},1,a,{flag}" for at, flag in enumerate("0110010")]
    path.write_text("t,h,m,bad\n" + "\n".join(rows), encoding="utf-8")
    mapping = parse_mapping(PLAIN + "labels: [{name: fault, column: bad}]\n")
    assert read_file(path, mapping).labels == (
        Label("fault", "lab.heat", "room/7", NOW + SECOND, NOW + 2 * SECOND),
        Label("fault", "lab.heat", "room/7", NOW + 5 * SECOND, NOW + 5 * SECOND),
    )


def test_labels_may_stand_in_a_file_of_windows_or_a_table(tmp_path: Path) -> None:
    (tmp_path / "7.csv").write_text("t,h,m\n2026-01-01 08:00:00,1,a\n", encoding="utf-8")
    windows = '{"7": [["2026-01-01 08:00:00.000000", "2026-01-01 08:01:00"]]}'
    (tmp_path / "w.json").write_text(windows, encoding="utf-8")
    (tmp_path / "l.csv").write_text(
        "id, from, to\nx, 2026-01-01 09:00, 2026-01-01 10:00\n", encoding="utf-8"
    )
    labels = """
labels:
  - {name: window, windows: w.json, key: "{stem}"}
  - {name: leak, table: l.csv, entity: "pipe/{id}", start: from, end: to}
"""
    recording = read_file(tmp_path / "7.csv", parse_mapping(PLAIN + labels))
    assert recording.labels == (
        Label("window", "lab.heat", "room/7", NOW, NOW + MINUTE),
        Label("leak", "lab.heat", "pipe/x", NOW + HOUR, NOW + 2 * HOUR),
    )
    (tmp_path / "w.json").write_text("{}", encoding="utf-8")
    with pytest.raises(RecordRefused, match="says nothing of '7'"):
        read_file(tmp_path / "7.csv", parse_mapping(PLAIN + labels))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("time,h,m\n", "no column t; it has time, h, m"),
        ("t,h,m,extra\n2026-01-01 08:00:00,1,a,2\n", "does not speak of: extra"),
        ("t,h,m,m\n2026-01-01 08:00:00,1,a,a\n", "a column twice"),
        ("", "no column"),
    ],
)
def test_a_file_that_the_mapping_does_not_fit_is_refused(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(RecordRefused, match=told):
        from_text(tmp_path, text, PLAIN)


def test_a_file_that_is_not_there_or_not_packed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordRefused, match="is no file"):
        read_file(tmp_path / "none.csv", parse_mapping(PLAIN))
    (tmp_path / "7.csv.gz").write_bytes(b"t,h,m\n")
    with pytest.raises(RecordRefused, match="cannot be read"):
        read_all(read_file(tmp_path / "7.csv.gz", parse_mapping(PLAIN)))


def recorded(pattern: str, name: str) -> list[tuple[Path, Mapping]]:
    folder = data_dir()
    paths = sorted((folder / "sensing").glob(pattern)) if folder else []
    if not paths:
        pytest.skip(f"{ABSENT} (sensing/{pattern})")
    return [(path, load_mapping(name)) for path in paths]


# Rows: lines of the file without its head, as `zcat | wc -l` counts them.
@pytest.mark.parametrize(
    ("pattern", "name", "count"),
    [
        ("air_beijing/Dingling.csv.gz", "beijing_air", 35_064),
        ("ltown/*Levels.csv.gz", "ltown_levels", 52_128),
        ("ltown/*Flows.csv.gz", "ltown_flows", 3 * 52_128),
        ("skab/valve1/0.csv.gz", "skab", 1_147),
        ("nab/data/realTraffic/speed_7578.csv.gz", "nab", 1_127),
    ],
)
def test_the_recorded_files_come_out_whole(pattern: str, name: str, count: int) -> None:
    ((path, mapping),) = recorded(pattern, name)
    records, refused = read_all(read_file(path, mapping))
    assert len(records) == count
    assert refused == []


def test_the_first_rows_of_the_recorded_files_are_what_a_person_reads_there() -> None:
    ((path, mapping),) = recorded("air_beijing/Dingling.csv.gz", "beijing_air")
    first = read_all(read_file(path, mapping))[0][0]
    assert first["entity"] == "station/Dingling"
    assert first["observed_at"] == parse_instant("2013-03-01T00:00:00+08:00")
    assert (first["pm2_5_ug_m3"], first["wind_direction"], first["rain_mm"]) == (4.0, "E", 0.0)
    assert "no2_ug_m3" not in first, "NA in the file"
    ((path, mapping),) = recorded("ltown/*Flows.csv.gz", "ltown_flows")
    flows = read_all(read_file(path, mapping))[0][:3]
    assert [(record["entity"], record["flow_m3_h"]) for record in flows] == [
        ("link/p227", 88.14), ("link/p235", 90.89), ("link/PUMP_1", 44.02),
    ]  # fmt: skip


def test_the_labels_of_the_recorded_files_are_all_there() -> None:
    for path, mapping in recorded("nab/data/realKnownCause/nyc_taxi.csv.gz", "nab"):
        labels = read_file(path, mapping).labels
        assert len(labels) == 5, "NAB knows five anomalies of the taxis"
        assert labels[0].entity == "series/realKnownCause-nyc_taxi"
    for path, mapping in recorded("skab/valve1/0.csv.gz", "skab"):
        names = [label.name for label in read_file(path, mapping).labels]
        assert names.count("anomaly") == 1
        assert names.count("changepoint") > 0
    for path, mapping in recorded("skab/anomaly-free.csv.gz", "skab"):
        assert read_file(path, mapping).labels == ()
