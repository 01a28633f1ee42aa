"""Two times held against each other before they are compared: what is alike, what nobody knows."""

from dataclasses import replace

import pytest

from haihe.model.alarm import Severity
from haihe.model.case import Case, CaseState
from haihe.model.text import Text
from haihe.model.time import DAY, HOUR, MINUTE, parse_instant
from haihe.pack.signals import DifferenceTold, Stretch
from haihe.packs.traffic.charts.compare import student
from haihe.serve.traffic.likeness import likeness_of

FRIDAY = parse_instant("2026-03-06T07:00:00+08:00")
VOLUME = DifferenceTold(
    "volume", Text("流量", "volume"), "veh", 100.0, 101.0, 8, 8, "alike", Text("像", "alike"),
    -3.0, 5.0,
)  # fmt: skip
NOTHING: tuple[list[Case], list[Case]] = ([], [])


def at(begin: int, *, hours: int = 2) -> Stretch:
    return Stretch(begin, begin + hours * HOUR, 15 * MINUTE)


def verdicts(before: Stretch, after: Stretch) -> dict[str, str]:
    found = likeness_of(before, after, differences=[VOLUME], cases=NOTHING, streams=("t.air",))
    return {one.name: one.verdict for one in found}


def test_the_same_hours_of_the_same_weekday_are_alike_and_the_weather_nobody_knows() -> None:
    found = verdicts(at(FRIDAY), at(FRIDAY + 7 * DAY))
    weather = found.pop("weather")
    assert set(found.values()) == {"alike"}
    assert weather == "unknown"


@pytest.mark.parametrize(
    ("after", "name", "words"),
    [
        (FRIDAY + 3 * DAY, "day", "2026-03-09, a Monday (worked)"),
        (FRIDAY + DAY, "day", "a Saturday (off)"),
        # Spring Festival 2026: Friday the 20th of February is off.
        (FRIDAY - 14 * DAY, "day", "2026-02-20, a Friday (off)"),
        (FRIDAY + 7 * DAY + HOUR, "clock", "08:00 – 10:00"),
    ],
)
def test_what_differs_is_named(after: int, name: str, words: str) -> None:
    found = likeness_of(at(FRIDAY), at(after), differences=[VOLUME], cases=NOTHING, streams=())
    (one,) = (each for each in found if each.name == name)
    assert one.verdict == "differs"
    assert words in one.words.en


def test_a_year_whose_holidays_are_not_announced_is_said() -> None:
    late = parse_instant("2099-03-06T07:00:00+08:00")  # A Friday.
    (day, *_) = likeness_of(at(late), at(late + 7 * DAY), differences=[], cases=NOTHING, streams=())
    assert day.verdict == "unknown"
    assert "public holidays of 2099 are not known" in day.words.en


def test_volumes_and_cases_that_differ_may_be_why() -> None:
    more = replace(VOLUME, verdict="changed", words=Text("多", "from 100 to 150"))
    case = Case(
        id="traffic-7", rule="traffic.queue-spills", version="1", entity="road/x",
        entities=("road/x",), severity=Severity.SEVERE, state=CaseState.OPEN, opened_at=FRIDAY,
        due_at=FRIDAY + HOUR, alarms=(),
    )  # fmt: skip
    found = likeness_of(
        at(FRIDAY), at(FRIDAY + 7 * DAY), differences=[more], cases=([], [case] * 7),
        streams=("weather.hourly",),
    )  # fmt: skip
    by_name = {one.name: one for one in found}
    assert by_name["volume"].verdict == by_name["events"].verdict == "differs"
    assert by_name["events"].words.en.startswith("before: none; after: traffic-7 traffic.queue-s")
    assert "and 2 more" in by_name["events"].words.en
    assert "look at both" in by_name["weather"].words.en
    few = replace(VOLUME, verdict="unknown")
    (_, _, volume, *_) = likeness_of(
        at(FRIDAY), at(FRIDAY), differences=[few], cases=NOTHING, streams=()
    )
    assert volume.verdict == "unknown"


@pytest.mark.parametrize(("freedom", "quantile"), [(5, 2.571), (10, 2.228), (30, 2.042)])
def test_confidence_is_that_of_students_table(freedom: int, quantile: float) -> None:
    assert student(freedom) == pytest.approx(quantile, abs=0.005)
