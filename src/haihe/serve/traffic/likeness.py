"""Whether two times are alike enough to be compared: days, hours, what happened, the weather."""

from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from haihe.decide.workday import EAST, THURSDAY, WEEK, day_of, is_announced, is_workday, year_of
from haihe.model.case import Case
from haihe.model.text import Text
from haihe.model.time import BEIJING, DAY, MINUTE, format_duration, format_instant
from haihe.pack.signals import DifferenceTold, Stretch

NAMES: Final = (
    Text(zh="周一", en="Monday"), Text(zh="周二", en="Tuesday"), Text(zh="周三", en="Wednesday"),
    Text(zh="周四", en="Thursday"), Text(zh="周五", en="Friday"), Text(zh="周六", en="Saturday"),
    Text(zh="周日", en="Sunday"),
)  # fmt: skip
VOLUME: Final = "volume"  # The measure of who came.
NAMED_MOST: Final = 5  # Ours: cases by name in one sentence.
WEATHER: Final = "weather"  # How a stream of it is called, before the dot.


class Likeness(msgspec.Struct, frozen=True):
    """One thing in which two times are alike, differ, or nobody knows.

    name: "day", "clock", "volume", "events" or "weather".
    verdict: "alike", "differs" or "unknown".
    """

    name: str
    verdict: str
    words: Text


def likeness_of(
    before: Stretch,
    after: Stretch,
    *,
    differences: Sequence[DifferenceTold],
    cases: tuple[Sequence[Case], Sequence[Case]],
    streams: Collection[str],
) -> tuple[Likeness, ...]:
    """Everything that two times are held against each other in.

    cases: of the pack that were open in each.
    streams: the names of all that is recorded here.
    """
    return (
        _day(before, after),
        _clock(before, after),
        _volume(differences),
        _events(*cases),
        _weather(streams),
    )


def _day(before: Stretch, after: Stretch) -> Likeness:
    """The same weekday, and both worked or both off, by the calendar of public holidays."""
    days = [_days(one) for one in (before, after)]
    words = [_named(one) for one in days]
    both = Text(zh=f"{words[0].zh}；{words[1].zh}", en=f"{words[0].en}; {words[1].en}")
    kinds = [[(_weekday(day), is_workday(day)) for day in one] for one in days]
    years = {year_of(day) for one in days for day in one}
    strange = sorted(year for year in years if not is_announced(year))
    if kinds[0] != kinds[1]:
        return Likeness("day", "differs", both)
    if strange:
        told = ", ".join(map(str, strange))
        return Likeness(
            "day",
            "unknown",
            Text(
                zh=f"{both.zh}；{told} 年的节假日安排尚不知道",
                en=f"{both.en}; the public holidays of {told} are not known",
            ),
        )
    return Likeness("day", "alike", both)


def _days(one: Stretch) -> range:
    return range(day_of(one.from_at), day_of(one.to_at - 1) + 1)


def _weekday(day: int) -> int:
    return (day + THURSDAY) % WEEK


def _named(days: range) -> Text:
    """The days with their weekday, and whether they are worked."""
    zh, en = [], []
    for day in days:
        date = format_instant(day * DAY - EAST, zone=BEIJING)[:10]
        name, works = NAMES[_weekday(day)], is_workday(day)
        zh.append(f"{date} {name.zh}（{'工作日' if works else '休息日'}）")
        en.append(f"{date}, a {name.en} ({'worked' if works else 'off'})")
    return Text(zh="、".join(zh), en=" and ".join(en))


def _clock(before: Stretch, after: Stretch) -> Likeness:
    """The same hours, as long."""
    times = [
        [format_instant(at, zone=BEIJING)[11:16] for at in (one.from_at, one.to_at)]
        for one in (before, after)
    ]
    told = [f"{first} – {last}" for first, last in times]
    long = [one.to_at - one.from_at for one in (before, after)]
    if times[0] == times[1] and long[0] == long[1]:
        return Likeness("clock", "alike", Text(zh=f"都是 {told[0]}", en=f"both {told[0]}"))
    spans = [format_duration(one - one % MINUTE) for one in long]
    return Likeness(
        "clock",
        "differs",
        Text(
            zh=f"{told[0]}（{spans[0]}）；{told[1]}（{spans[1]}）",
            en=f"{told[0]} ({spans[0]}); {told[1]} ({spans[1]})",
        ),
    )


def _volume(differences: Sequence[DifferenceTold]) -> Likeness:
    """As many vehicles: who comes on another day may be why everything else differs."""
    one = next((each for each in differences if each.name == VOLUME), None)
    if one is None or one.before is None or one.after is None or one.verdict == "unknown":
        words = Text(zh="流量没有足够的数据", en="too little is known of the volume")
        return Likeness("volume", "unknown", words)
    return Likeness("volume", "alike" if one.verdict == "alike" else "differs", one.words)


def _events(before: Sequence[Case], after: Sequence[Case]) -> Likeness:
    """What was out of the ordinary: cases of the pack that were open then."""
    if not before and not after:
        nothing = Text(zh="两段时间都没有案卷", en="no case was open in either")
        return Likeness("events", "alike", nothing)
    told = [_listed(one) for one in (before, after)]
    return Likeness(
        "events",
        "differs",
        Text(
            zh=f"之前：{told[0].zh}；之后：{told[1].zh}",
            en=f"before: {told[0].en}; after: {told[1].en}",
        ),
    )


def _listed(cases: Sequence[Case]) -> Text:
    if not cases:
        return Text(zh="无", en="none")
    names = [f"{one.id} {one.rule} {one.entity}" for one in cases[:NAMED_MOST]]
    more = len(cases) - len(names)
    return Text(
        zh="、".join(names) + (f" 等 {len(cases)} 件" if more else ""),
        en=", ".join(names) + (f" and {more} more" if more else ""),
    )


def _weather(streams: Collection[str]) -> Likeness:
    """Nobody can tell where none is recorded."""
    if any(name.partition(".")[0] == WEATHER for name in streams):
        words = Text(zh="天气有记录，请对照两段时间", en="it is recorded: look at both times")
    else:
        words = Text(zh="这里没有天气记录，无从判断", en="none is recorded here; nobody can tell")
    return Likeness("weather", "unknown", words)
