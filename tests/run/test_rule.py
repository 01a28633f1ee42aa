"""What of a rule can be tuned, as people are shown it."""

from haihe.model.time import HOUR, MINUTE
from haihe.run.rule import Setting, rules_of, settings_in_force, tuned
from tests.serve.world import PACK


def test_every_number_that_can_be_tuned_is_shown_with_the_value_in_force() -> None:
    rule = tuned(
        rules_of((PACK,))["t.methane-high"], {"high": "25", "close.window": "300000000000"}
    )
    assert settings_in_force(rule) == (
        Setting("high", 25.0),
        Setting("low", None),
        Setting("deadband", 5.0),
        Setting("on_delay", 0),
        Setting("off_delay", 0),
        Setting("close.window", 5 * MINUTE),
        Setting("close.at_least", 10),
        Setting("close.gap", 0),
        Setting("roll_up.window", 30 * MINUTE),
        Setting("roll_up.settle", 1 * HOUR),
        Setting("due_in", 4 * HOUR),
    )


def test_what_is_shown_can_be_set_again() -> None:
    rule = rules_of((PACK,))["t.methane-high"]
    again = {one.name: str(one.value) for one in settings_in_force(rule) if one.value is not None}
    assert tuned(rule, again).playbook == rule.playbook


def test_times_are_told_from_counts() -> None:
    found = {one.name: one for one in settings_in_force(rules_of((PACK,))["t.methane-high"])}
    times = [name for name, one in found.items() if one.is_duration]
    assert times == [
        "on_delay", "off_delay", "close.window", "close.gap", "roll_up.window", "roll_up.settle",
        "due_in",
    ]  # fmt: skip
