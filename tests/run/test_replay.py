import csv
import gzip
from pathlib import Path

import pytest

from haihe.feed.mapping import load_mapping
from haihe.log.sqlite import SqliteLog
from haihe.run.audit import verify
from haihe.run.replay import Source, labels_of, replay
from tests.data import data_dir

ROWS = 700


def pump_file(folder: Path) -> Path:
    """A small file of SKAB's form: calm, then two channels leave their normal."""
    path = folder / "skab" / "valve9" / "0.csv.gz"
    path.parent.mkdir(parents=True)
    head = "datetime;Accelerometer1RMS;Accelerometer2RMS;Current;Pressure;Temperature;Thermocouple;"
    names = [
        *head.rstrip(";").split(";"),
        "Voltage",
        "Volume Flow RateRMS",
        "anomaly",
        "changepoint",
    ]
    with gzip.open(path, "wt", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(names)
        for row in range(ROWS):
            wave = ((row * 7919) % 101) / 1000  # Some noise, the same in every run.
            bad = 500 <= row < 560
            values = [0.02 + wave / 10, 0.04 + wave / 20, 1.3 + wave, 0.05 + wave, 79 + wave]
            values += [26 + wave / 2, 230 + 10 * wave, 32 + wave]
            if bad:
                values[0], values[7] = 3.0, 9.0
            when = f"2020-03-09 {10 + row // 3600:02d}:{row % 3600 // 60:02d}:{row % 60:02d}"
            writer.writerow([when, *values, float(bad), 0.0])
    return path


def test_a_recorded_file_goes_the_whole_way(tmp_path: Path) -> None:
    source = Source((pump_file(tmp_path),), load_mapping("skab"))
    done = replay([source], tmp_path / "log", packs=())
    assert (done.records, done.quarantined, done.repeated) == (ROWS, 0, 0)
    assert done.cases["watch.skab-pump-odd"] >= 1
    assert done.labels >= 1
    assert labels_of(tmp_path / "log")[0].entity == "pump/valve9-0"
    assert verify(SqliteLog(tmp_path / "log", read_only=True)).faults == ()


def test_a_file_replayed_twice_doubles_nothing(tmp_path: Path) -> None:
    source = Source((pump_file(tmp_path),), load_mapping("skab"))
    first = replay([source], tmp_path / "log", packs=())
    again = replay([source], tmp_path / "log", packs=())
    assert again.records == 0
    assert again.repeated == ROWS
    assert again.cases == first.cases


@pytest.mark.parametrize(
    ("mapping", "pattern", "records"),
    [
        ("skab", "skab/other/*.csv.gz", 1_000),
        ("nab", "nab/data/realKnownCause/*.csv.gz", 10_000),
        ("ltown_flows", "ltown/2019H1_Flows.csv.gz", 100_000),
    ],
)
def test_the_real_recordings_go_the_whole_way(
    tmp_path: Path, mapping: str, pattern: str, records: int
) -> None:
    folder = data_dir()
    if folder is None:
        pytest.skip("the recorded files are absent; name their folder with HAIHE_DATA")
    files = tuple(sorted((folder / "sensing").glob(pattern)))
    done = replay([Source(files, load_mapping(mapping))], tmp_path, packs=())
    assert done.records >= records
    assert sum(done.cases.values()) >= 1
