"""Words for a reason: every decision names what was seen and what it was held against."""

from haihe.model.case import Case
from haihe.model.text import Text


def value_and_limit(case: Case, *, what: Text, unit: str) -> Text:
    """The case's newest value and the limit it passed, as the first words of a reason.

    what: what was measured.
    unit: as it is written behind a number.
    """
    alarm = case.alarms[-1]
    value, limit = f"{alarm.value:.1f}{unit}", f"{alarm.limit:.1f}{unit}"
    return Text(
        zh=f"{alarm.entity} {what.zh} {value}，限值 {limit}",
        en=f"{what.en} {value} in {alarm.entity}, limit {limit}",
    )


def joined(first: Text, second: Text) -> Text:
    """Two parts of a reason as one.

    >>> joined(Text(zh="甲", en="one"), Text(zh="乙", en="two")).en
    'one; two'
    """
    return Text(zh=f"{first.zh}；{second.zh}", en=f"{first.en}; {second.en}")
