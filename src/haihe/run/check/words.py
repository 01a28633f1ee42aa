"""Whether what a pack says can be understood: both languages, and the value beside its limit."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from haihe.model.alarm import Alarm
from haihe.model.line import AlarmRaised, CaseClosed, Decided, Dispatched, Step
from haihe.model.text import Text

_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
_NUMBER: Final = re.compile(r"(?<![A-Za-z0-9_.])-?\d+(?:\.\d+)?")
_GROUPED: Final = re.compile(r"(?<=\d),(?=\d{3})")
# A duration is found in seconds and may be told in these.
_IN_SECONDS: Final = (1.0, 60.0, 3600.0)
ROUNDING: Final = 0.5 + 1e-9  # Of the last digit that is written.


def wrong_text(text: Text) -> str:
    """What is wrong with a text in two languages; "" if nothing is.

    >>> wrong_text(Text(zh="methane", en="methane"))
    "zh is 'methane', which is no Chinese"
    """
    if not text.zh.strip() or not _CHINESE.search(text.zh):
        return f"zh is '{text.zh}', which is no Chinese"
    if not text.en.strip() or _CHINESE.search(text.en):
        return f"en is '{text.en}', which is no English"
    return ""


def texts_of(steps: Iterable[Step]) -> Iterator[tuple[str, Text]]:
    """Every text that the steps would show a person, and where it stands."""
    for step in steps:
        if isinstance(step, Decided):
            yield f"why of {step.rule}", step.why
            for text in step.alternatives:
                yield f"an alternative of {step.rule}", text
        elif isinstance(step, Dispatched):
            yield f"title of order '{step.order.action}'", step.order.title


def unsaid(steps: Sequence[Step], *, durations: frozenset[str]) -> list[str]:
    """The decisions that do not name value and limit of an alarm of their case, in words.

    durations: rules whose values are seconds; they may also be told in minutes or hours.
    """
    alarms: dict[str, list[Alarm]] = {}
    found: list[str] = []
    for step in steps:
        if isinstance(step, CaseClosed):
            alarms.pop(step.case, None)  # What is stood down after it has the closure for a reason.
        elif isinstance(step, AlarmRaised):
            alarms.setdefault(step.case, []).append(step.alarm)
        elif isinstance(step, Decided) and not step.failed and step.case in alarms:
            own = alarms[step.case]
            units = _IN_SECONDS if step.rule in durations else (1.0,)
            for language, text in (("zh", step.why.zh), ("en", step.why.en)):
                if not any(names(text, alarm, units=units) for alarm in own):
                    value, limit = own[-1].value, own[-1].limit
                    found.append(
                        f"{step.rule}: {language} '{text}' does not name {value:g} and {limit:g}"
                    )
    return list(dict.fromkeys(found))


def names(text: str, alarm: Alarm, *, units: Sequence[float] = (1.0,)) -> bool:
    """Whether a text names the value and the limit of an alarm, as far as it rounds.

    units: what a value may be divided by before it is told.
    """
    plain = _GROUPED.sub("", text.replace(alarm.entity, " "))
    told = _NUMBER.findall(plain)
    return all(_is_told(number, told, units=units) for number in (alarm.value, alarm.limit))


def _is_told(number: float, told: Iterable[str], *, units: Sequence[float]) -> bool:
    for text in told:
        digits = len(text.partition(".")[2])
        if any(abs(float(text) - number / unit) <= ROUNDING * 10.0**-digits for unit in units):
            return True
    return False
