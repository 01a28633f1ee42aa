from haihe.decide import joined, value_and_limit
from haihe.model import Alarm, Case, CaseState, Severity, Text

METHANE = Text(zh="甲烷", en="methane")


def case_with(value: float) -> Case:
    alarm = Alarm(
        rule="gallery.methane-high",
        entity="zone/7",
        stream="gallery.air",
        field="methane",
        severity=Severity.SEVERE,
        value=value,
        limit=20.0,
        observed_at=0,
        raised_at=0,
        offset=0,
    )
    return Case(
        id="gallery-1",
        rule=alarm.rule,
        version="1",
        entity="zone/7",
        entities=("zone/7",),
        severity=Severity.SEVERE,
        state=CaseState.OPEN,
        opened_at=0,
        due_at=1,
        alarms=(alarm,),
    )


def test_a_reason_names_place_value_and_limit_in_both_languages() -> None:
    why = value_and_limit(case_with(31.26), what=METHANE, unit=" %LEL")
    assert why.en == "methane 31.3 %LEL in zone/7, limit 20.0 %LEL"
    assert why.zh == "zone/7 甲烷 31.3 %LEL，限值 20.0 %LEL"


def test_two_reasons_join_in_the_punctuation_of_each_language() -> None:
    assert joined(METHANE, Text(zh="氧气", en="oxygen")) == Text(
        zh="甲烷；氧气", en="methane; oxygen"
    )
