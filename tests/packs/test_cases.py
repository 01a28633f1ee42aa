"""How cases.yaml is read, and that the gallery's says something of every playbook."""

from pathlib import Path

import numpy as np
import pytest

import haihe.packs.gallery
from haihe.errors import PackInvalid
from haihe.model import MINUTE, NEVER, SECOND
from haihe.pack.cases import PackCase, load_cases, parse_cases
from haihe.pack.readings import parse_duration
from haihe.packs.gallery import pack

FOLDER = Path(haihe.packs.gallery.__file__).parent
START_AT = 1_767_225_600 * SECOND  # 2026-01-01T08:00:00+08:00.
WHOLE = """
- name: one
  rule: methane-high
  feed:
    zone/7: {methane: [2, 30, _, silent x 2, 5]}
  expect: {opened: 1, orders: [fan-start zone/6], closed_at: 13 min, quarantined: 2}
"""


@pytest.fixture(scope="module")
def all_cases() -> tuple[PackCase, ...]:
    return tuple(case for path in FOLDER.glob("*cases.yaml") for case in load_cases(path, pack))


def one(feed: str, *, head: str = "", expect: str = "{opened: 0}") -> PackCase:
    lines = ["- name: one", "  rule: methane-high", *(f"  {line}" for line in head.splitlines())]
    text = "\n".join([*lines, f"  feed: {feed}", f"  expect: {expect}"])
    (case,) = parse_cases(text, pack)
    return case


def minutes(case: PackCase) -> list[tuple[float, float, float]]:
    """Of each record: received and observed in minutes after the start, and its methane."""
    found = []
    for rows in case.rows:
        assert rows.received_at is not None
        for row in range(len(rows)):
            received = (int(rows.received_at[row]) - case.start_at) / MINUTE
            observed = (int(rows.observed_at[row]) - case.start_at) / MINUTE
            found.append((received, observed, float(rows.numbers["methane"][row])))
    return found


def test_a_case_is_read_whole() -> None:
    (case,) = parse_cases(WHOLE, pack)
    assert (case.name, case.line, case.rule) == ("one", 2, "methane-high")
    assert (case.start_at, case.end_at) == (START_AT, START_AT + 5 * MINUTE)
    assert case.people_report
    assert (case.expect.opened, case.expect.quarantined) == (1, 2)
    assert case.expect.orders == ("fan-start zone/6",)
    assert case.expect.closed_at == 13 * MINUTE


def test_a_missing_reading_is_a_record_without_it_and_silence_is_no_record() -> None:
    (case,) = parse_cases(WHOLE, pack)
    assert [observed for _, observed, _ in minutes(case)] == [0.0, 1.0, 2.0, 5.0]
    assert np.isnan(minutes(case)[2][2])


def test_every_field_that_is_not_fed_is_missing() -> None:
    (case,) = parse_cases(WHOLE, pack)
    names = [field.name for field in pack.all_streams[0].fields]
    for rows in case.rows:
        assert list(rows.numbers) == names
        assert np.isnan(rows.numbers["oxygen"]).all()


def test_silence_at_the_end_still_takes_its_time() -> None:
    assert one("{zone/7: {methane: [2, silent x 10]}}").end_at == START_AT + 10 * MINUTE


def test_a_late_record_is_received_later_than_it_was_observed() -> None:
    case = one("{zone/7: {methane: [1, 2 late 90 s, 3, 4]}}")
    assert minutes(case) == [(0, 0, 1), (2, 2, 3), (2.5, 1, 2), (3, 3, 4)]


def test_a_record_again_is_received_twice() -> None:
    case = one("{zone/7: {methane: [1, 2 again x 2]}}")
    assert minutes(case) == [(0, 0, 1), (1, 1, 2), (1, 1, 2), (2, 2, 2), (2, 2, 2)]


def test_records_of_one_instant_come_together() -> None:
    case = one("{zone/7: {methane: [1, 2]}, zone/8: {methane: [3, 4]}}")
    assert [rows.ids for rows in case.rows] == [("zone/7", "zone/8")] * 2
    assert [value for _, _, value in minutes(case)] == [1, 3, 2, 4]


def test_values_beyond_all_range_are_kept_as_they_were_written() -> None:
    case = one("{zone/7: {methane: [250, .inf, -.inf, -5]}}")
    assert [value for _, _, value in minutes(case)] == [250, np.inf, -np.inf, -5]


def test_pace_start_and_people_can_be_said() -> None:
    head = "every: 30 s\nstart: 2026-03-01T00:00:00Z\npeople: absent"
    case = one("{zone/7: {methane: [1, 2]}}", head=head)
    assert case.end_at - case.start_at == 30 * SECOND
    assert case.start_at == 1_772_323_200 * SECOND
    assert not case.people_report


def test_never_is_later_than_any_instant_and_unsaid_is_unchecked() -> None:
    feed = "{zone/7: {methane: [1]}}"
    assert one(feed, expect="{opened: 1, closed_at: never}").expect.closed_at == NEVER
    assert one(feed).expect.closed_at is None


def test_other_streams_speak_beside_and_texts_are_words() -> None:
    head = """
beside:
  gallery.board:
    zone/8: {count: [2, 2, _], who: [person/1;person/2, _, person/1]}
  gallery.water: {zone/7: {level: [0.6 x 9]}}"""
    case = one("{zone/7: {methane: [1, 2]}}", head=head.strip())
    assert {rows.stream for rows in case.rows} == {"gallery.air"}
    rolls = [rows for rows in case.beside if rows.stream == "gallery.board"]
    assert [rows.texts["who"][0] for rows in rolls] == ["person/1;person/2", None, "person/1"]
    assert [rows.texts["permits"][0] for rows in rolls] == [None] * 3
    assert [float(rows.numbers["count"][0]) for rows in rolls[:2]] == [2.0, 2.0]
    assert case.end_at == case.start_at + 8 * MINUTE
    at = [int(rows.observed_at[0]) for rows in case.beside]
    assert at == sorted(at)


def test_an_empty_file_has_no_cases() -> None:
    assert parse_cases("# nothing yet\n", pack) == ()


def test_durations_are_numbers_with_a_unit() -> None:
    assert parse_duration("1.5 min") == 90 * SECOND
    with pytest.raises(ValueError, match="'13 minutes' is not a duration"):
        parse_duration("13 minutes")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("methane-high", "methan", "cases.yaml:3: case 'one': rule 'methan' is not one of"),
        ("{methane:", "{methan:", "cases.yaml:5: case 'one': 'methan' is not known here"),
        ("silent x 2", "silence", "cases.yaml:5: case 'one': 'silence' is not a reading"),
        ("30, _", "30 late soon, _", "'30 late soon' is not a reading"),
        ("opened: 1, ", "", "cases.yaml:6: case 'one': expect needs 'opened'"),
        ("opened: 1", "opened: yes", "'yes' is not a count"),
        ("13 min", "soon", "'soon' is not a duration"),
        ("[fan-start zone/6]", "[fan-start]", "'fan-start' is not an order"),
        ("[fan-start zone/6]", "fan-start zone/6", "a list was expected here, not a scalar"),
        ("  expect:", "  expects:", "cases.yaml:6: 'expects' is not known here"),
        ("  rule: methane-high\n", "", "cases.yaml:2: a case needs 'rule'"),
        ("name: one", "name: one\n  every: 0 s", "every is 0 ns"),
        ("name: one", "name: one\n  people: slow", "people are 'slow'"),
        ("name: one", "name: one\n  stream: gallery.gas", "stream 'gallery.gas' is not one of"),
        ("name: one", "name: one\n  beside: {gallery.gas: {}}", "stream 'gallery.gas' is not one"),
        ("name: one", "name: one\n  name: two", "'name' is said twice"),
        ("zone/7: {", "zone 7: {", "entity id 'zone 7'"),
        ("5]}", "5], oxygen: [20.9]}", "methane 6, oxygen 1"),
        ("5]}", "5], oxygen: [1 x 6]}", "reading 4 of zone/7 is silent"),
        ("13 min", "13 min]", "cases.yaml:6: this is not YAML"),
        ("1, orders", "[1], orders", "a single value was expected here, not a sequence"),
        ("{methane: [2, 30, _, silent x 2, 5]}", "[2, 30]", "a mapping was expected here"),
    ],
)
def test_what_makes_no_sense_is_refused_with_file_line_and_value(
    old: str, new: str, words: str
) -> None:
    with pytest.raises(PackInvalid) as refused:
        parse_cases(WHOLE.replace(old, new, 1), pack)
    assert words in str(refused.value)


def test_two_cases_of_one_name_are_refused() -> None:
    with pytest.raises(PackInvalid, match="two cases are called 'one'"):
        parse_cases(WHOLE + WHOLE, pack)


def test_too_many_readings_are_refused_before_they_fill_the_memory() -> None:
    with pytest.raises(PackInvalid, match="more than 100000 readings"):
        one("{zone/7: {methane: [1 x 999999]}}")


def test_a_file_that_is_not_there_is_refused_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(PackInvalid, match=r"nowhere\.yaml cannot be read"):
        load_cases(tmp_path / "nowhere.yaml", pack)


@pytest.mark.parametrize("rule", [playbook.name for playbook in pack.playbooks])
def test_the_gallery_has_cases_for_yes_no_and_dirty_data_of_every_playbook(
    rule: str, all_cases: tuple[PackCase, ...]
) -> None:
    cases = [case for case in all_cases if case.rule == rule]
    assert any(case.expect.opened > 0 for case in cases)
    assert any(case.expect.opened == 0 for case in cases)
    assert any(_is_dirty(case) for case in cases)


def _is_dirty(case: PackCase) -> bool:
    """Whether something is missing, late, repeated or absurd."""
    if case.expect.quarantined:
        return True
    records = 0
    for rows in case.rows:
        assert rows.received_at is not None
        records += len(rows)
        fed = [name for name, column in rows.numbers.items() if not np.isnan(column).all()]
        if not fed or bool((rows.received_at != rows.observed_at).any()):
            return True
        if len(rows) > len(rows.ids):
            return True
    told = {name for rows in case.rows for name, v in rows.numbers.items() if not np.isnan(v).all()}
    return any(np.isnan(rows.numbers[name]).any() for rows in case.rows for name in told)
