"""Charts of signals: by hand, on the zone's avenue, and against the published tables."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from bench.traffic_parts import record
from haihe.model.arrays import FloatArray, IntArray
from haihe.model.time import HOUR, MINUTE, SECOND
from haihe.pack.signals import Sighted, Stretch, Told
from haihe.packs.traffic.charts.corridor import bands
from haihe.packs.traffic.charts.site import Site, read_site
from haihe.packs.traffic.charts.studies import STUDIES, Studies
from haihe.packs.traffic.measures.events import Detectors
from haihe.packs.traffic.measures.recorder import BIN
from haihe.packs.traffic.network.model import Network
from haihe.packs.traffic.street import StreetTwin
from tests.data import ABSENT, data_dir
from tests.packs.avenue import EAST, MIDDLE, STOPS, STRETCH, T0, sighted, told
from tests.packs.crossing import crossing

ENTITY = f"junction/{MIDDLE}"
NOBODY = Sighted(*(np.empty(0, np.int64),) * 2, *(np.empty(0),) * 2)
SILENT = Told(*(np.empty(0, np.int64),) * 3)
FIELD = """
junctions:
  - id: first
    groups: [{name: N-through, lanes: [n1]}, {name: E-through, lanes: [e1]}]
    conflicts: [[N-through, E-through]]
    phases: [{green: [N-through], seconds: 40}, {green: [E-through], seconds: 30}]
  - id: second
    groups: [{name: N-through, lanes: [n1]}, {name: E-through, lanes: [e1]}]
    phases: [{green: [N-through], seconds: 40}, {green: [E-through], seconds: 30}]
detectors:
  - {junction: first, channel: 12, group: N-through, for: [presence, count]}
  - {junction: second, channel: 3, group: E-through, for: [advance]}
corridors:
  - name: ring
    zh: 环路
    en: Ring
    speed_km_h: 50
    stops:
      - {junction: first, at_m: 0, forward: N-through}
      - {junction: second, at_m: 400, back: E-through}
"""


def of_entities() -> dict[str, Told]:
    return {f"junction/{name}": told(name) for name in STOPS}


def test_measures_of_a_junction_are_those_its_events_were_made_for() -> None:
    found = STUDIES.junction(ENTITY, told(MIDDLE), stretch=STRETCH)
    assert found.bins == (0.0, 900.0)
    lines = {one.name: one.lines for one in found.measures}
    (volume,) = lines["volume"]
    assert volume.title.en == "W through"
    assert list(volume.values) == pytest.approx([108, 108], abs=5)
    (share,) = lines["arrivals-on-green"]
    assert list(share.values) == pytest.approx([66.7, 66.7], abs=3)
    assert set(lines["split-failures"][0].values) == {0.0}
    green = {one.title.en: one.values for one in lines["splits"]}
    assert green["W through"] == (29.0, 29.0)
    (late,) = lines["red-entries"]
    assert list(late.values) == pytest.approx([9, 9], abs=1)  # Once a cycle, 3.5 s into red.


def test_what_cannot_be_measured_says_why() -> None:
    found = STUDIES.junction(ENTITY, told(MIDDLE), stretch=STRETCH)
    missing = {one.name: one.missing.en for one in found.measures if not one.lines}
    assert "did not say how greens ended" in missing["terminations"]
    assert missing["walk-wait"] == "nobody pressed a button"
    silent = STUDIES.junction(ENTITY, SILENT, stretch=STRETCH)
    assert {one.missing.en for one in silent.measures} == {
        "the controller told nothing in this time"
    }
    bare = Studies(replace(STUDIES.site, detectors=Detectors(*(np.empty(0, np.int64),) * 3, ())))
    (volume,) = (
        one
        for one in bare.junction(ENTITY, told(MIDDLE), stretch=STRETCH).measures
        if one.name == "volume"
    )
    assert volume.missing.en == "the table of detectors has none for count"
    assert volume.missing.zh == "检测器表里没有「计数」检测器"


def test_detectors_that_cannot_be_believed_stand_out() -> None:
    ons = np.array([82, 82])
    stuck = Told(STRETCH.from_at + np.array([0, 901]) * SECOND, ons, np.array([3, 250]))
    found = {
        one.detector: one for one in STUDIES.junction(ENTITY, stuck, stretch=STRETCH).detectors
    }
    assert found[3].verdict == "stuck-on"
    assert found[3].on == 100.0
    assert found[1].verdict == "silent"
    assert found[250].serves.en == ""


def test_a_cycle_runs_from_red_to_red_and_arrivals_lie_in_it() -> None:
    found = STUDIES.coordination(ENTITY, told(MIDDLE), phase=EAST, stretch=STRETCH)
    cycles = zip(found.reds, found.greens, found.yellows, found.ends, strict=True)
    assert {(g - r, y - r, e - r) for r, g, y, e in cycles} == {(67.0, 96.0, 99.0)}
    whole = zip(found.into, found.on_green, found.arrivals, strict=True)
    assert {(into, on) for into, on, at in whole if at < found.ends[-1]} == {
        (6.0, False), (71.0, True), (75.0, True),
    }  # fmt: skip
    assert found.into[-1] is None or found.arrivals[-1] < found.ends[-1]
    share = found.share or 0.0
    assert share == pytest.approx(2 / 3, abs=0.02)
    assert found.ratio == pytest.approx(share / (29 / 99), abs=0.01)
    assert found.missing.en == ""


def test_a_diagram_without_cycles_or_detectors_says_so() -> None:
    silent = STUDIES.coordination(ENTITY, SILENT, phase=EAST, stretch=STRETCH)
    assert (silent.share, silent.ratio, silent.reds) == (None, None, ())
    assert "no whole cycle" in silent.missing.en
    left = STUDIES.coordination(ENTITY, told(MIDDLE), phase=EAST + 1, stretch=STRETCH)
    assert left.reds
    assert "no advance detector" in left.missing.en
    with pytest.raises(ValueError, match="has the phases 1 to 12, none 40"):
        STUDIES.coordination(ENTITY, SILENT, phase=40, stretch=STRETCH)


def test_a_band_is_what_meets_green_at_every_stop() -> None:
    greens = [(0.0, 30.0), (100.0, 130.0)]
    late = [(35.0, 65.0), (135.0, 165.0)]
    (first, second) = bands([(greens, 0.0), (late, 25.0)])
    assert (first.begin, first.end) == (10.0, 30.0)
    assert (second.begin, second.end) == (110.0, 130.0)
    assert bands([(greens, 0.0), ([], 25.0)]) == ()
    assert bands([]) == ()


def test_a_corridor_shows_greens_and_who_drove_along_it() -> None:
    stretch = Stretch(STRETCH.from_at, STRETCH.from_at + 5 * MINUTE, SECOND)
    found = STUDIES.corridor("avenue", of_entities(), sighted=sighted(), stretch=stretch)
    assert [one.at_m for one in found.stops] == [0.0, 350.0, 700.0, 1050.0]
    assert all(end - begin == 29.0 for begin, end in found.stops[1].forward[1:-1])
    (track,) = found.tracks  # Who crosses is left out.
    assert track.at_m[0] == 0.0
    assert track.at_m[10] == pytest.approx(20 * 13.89, abs=1.0)
    assert found.missing.en == "neither way does anybody meet green at every stop"
    alone = {ENTITY: told(MIDDLE)}
    partly = STUDIES.corridor("avenue", alone, sighted=NOBODY, stretch=stretch)
    assert "no greens were told by J0001, J0201, J0301" in partly.missing.en
    assert "no connected vehicle drove along it" in partly.missing.en
    assert partly.forward == ()


def test_before_and_after_says_what_is_more_than_chance() -> None:
    halves = (
        Stretch(T0 + 15 * MINUTE, T0 + 30 * MINUTE, 5 * MINUTE),
        Stretch(T0 + 20 * MINUTE, T0 + 45 * MINUTE, 5 * MINUTE),
    )
    full = Stretch(T0 + 20 * MINUTE, T0 + 40 * MINUTE, 5 * MINUTE)
    own = {ENTITY: told(MIDDLE)}
    few = {one.name: one for one in STUDIES.compared(own, own, stretches=halves)}
    assert few["volume"].verdict == "unknown"
    assert "3 bins with data are too few to tell" in few["volume"].words.en
    assert few["walk-wait"].words.en == "there is no data for one of the times"
    alike = {one.name: one for one in STUDIES.compared(own, own, stretches=(full, full))}
    assert alike["arrivals-on-green"].verdict == "alike"
    low, high = alike["volume"].low, alike["volume"].high
    assert low is not None
    assert high is not None
    assert low <= 0 <= high
    assert few["volume"].low is None
    worse = told(MIDDLE)
    arrived = (worse.code == 82) & (worse.parameter > 100)
    late = replace(worse, at=np.where(arrived, worse.at + 50 * SECOND, worse.at))
    order = np.argsort(late.at, kind="stable")
    late = Told(late.at[order], late.code[order], late.parameter[order])
    found = {one.name: one for one in STUDIES.compared(own, {ENTITY: late}, stretches=(full, full))}
    assert found["arrivals-on-green"].verdict == "worse"
    assert found["volume"].verdict == "alike"
    back = STUDIES.compared({ENTITY: late}, own, stretches=(full, full))
    assert {one.name: one.verdict for one in back}["arrivals-on-green"] == "better"


def test_a_place_is_read_from_a_file() -> None:
    found = STUDIES.described(FIELD)
    assert [one.entity for one in found.junctions] == ["junction/first", "junction/second"]
    assert [one.has_advance for one in found.junctions[1].phases] == [False, True]
    (ring,) = found.corridors
    assert ring.title.en == "Ring"
    diagram = found.corridor("ring", {}, sighted=sighted(), stretch=STRETCH)
    assert diagram.tracks == ()  # Nobody said where its junctions are.


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("junctions:", "- ]", "no YAML"),
        ("corridors:", "corridoors:", "corridoors"),
        ("channel: 12", "channel: 0", "channels are from 1 to 65535"),
        ("group: N-through, for", "group: X, for", "there is no group 'X'"),
        ("{junction: first, channel", "{junction: third, channel", "there is no such junction"),
        ("channel: 3, group: E-through, for: [advance]", "channel: 3, group: E-through, for: [x]",
         "for"),
        ("presence, count", "count, count", "twice for the same use"),
        ("at_m: 400", "at_m: 0", "each further on"),
        ("speed_km_h: 50", "speed_km_h: 0", "more than 0"),
        ("back: E-through", "back: left", "no group 'left'"),
        ("{junction: second, at_m", "{junction: third, at_m", "no junction third"),
    ],
)  # fmt: skip
def test_a_wrong_description_of_a_place_is_told(old: str, new: str, words: str) -> None:
    assert old in FIELD
    with pytest.raises(ValueError, match=words):
        read_site(FIELD.replace(old, new, 1))


def test_shares_are_those_of_the_published_table() -> None:
    folder = (data_dir() or Path()) / "traffic" / "atspm_hires"
    if not (folder / record.EVENTS).is_file():
        pytest.skip(f"{ABSENT} (traffic/atspm_hires)")
    events, detectors = record.read_events(folder), record.read_detectors(folder)
    wanted = pq.read_table(folder / "expected" / "arrival_on_green.parquet").to_pylist()
    devices = sorted(set(events.device.tolist()))
    network = Network({}, tuple(crossing(f"J{one}") for one in devices))
    numbered = np.searchsorted(devices, detectors.device) + 1
    known = Detectors(numbered, detectors.detector, detectors.phase, detectors.function)
    studies = Studies(Site(network, known, ()))
    seen = 0
    for row in wanted[:: len(wanted) // 12]:
        begin = int(row["TimeStamp"].timestamp()) * SECOND
        own = events.where(events.device == row["DeviceId"]).since(begin - BIN)
        shown = studies.coordination(
            f"junction/J{row['DeviceId']}",
            Told(own.at, own.code, own.parameter),
            phase=row["Phase"],
            stretch=Stretch(begin, begin + BIN, SECOND),
        )
        assert len(shown.arrivals) == row["Total_Actuations"]
        assert shown.share == pytest.approx(row["Percent_AOG"], abs=1e-4)
        seen += 1
    assert seen >= 12


def test_the_twin_of_the_streets_fills_the_same_charts() -> None:
    start = T0 - 8 * HOUR + 7 * HOUR  # Seven in the morning there.
    street = StreetTwin(1)
    street.advance(start)
    parts: list[tuple[IntArray, FloatArray, FloatArray]] = []
    for rows in street.advance(start + 7 * MINUTE):
        if rows.stream == STUDIES.events:
            own = rows.codes == rows.ids.index(ENTITY) if ENTITY in rows.ids else rows.codes < 0
            parts.append(
                (rows.observed_at[own], rows.numbers["code"][own], rows.numbers["parameter"][own])
            )
    at, code, parameter = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(at, kind="stable")
    events = Told(at[order], code[order].astype(np.int64), parameter[order].astype(np.int64))
    stretch = Stretch(start + 2 * MINUTE, start + 7 * MINUTE, MINUTE)
    found = STUDIES.coordination(ENTITY, events, phase=EAST, stretch=stretch)
    assert {end - red for red, end in zip(found.reds, found.ends, strict=True)} == {99.0}
    assert len(found.arrivals) >= 5
    volume = STUDIES.junction(ENTITY, events, stretch=stretch).measures[0]
    west = {one.title.en: one.values for one in volume.lines}["W through"]
    assert any(value is not None and value > 100.0 for value in west)
