"""A rule in force: a playbook of a pack with its settings, their version and their hash."""

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from haihe.errors import PackInvalid
from haihe.model.alarm import Severity
from haihe.model.time import DAY, SECOND, format_duration
from haihe.pack.contract import Pack, Playbook

FIRST_VERSION: Final = "1"
DUE_IN_MAX: Final = 3_650 * DAY  # Ours: ten years; later than that, nobody remembers.


@dataclass(frozen=True, slots=True)
class Rule:
    """A playbook as it runs now.

    name: ``pack.playbook``.
    pack: the pack it comes from.
    playbook: with the settings in force.
    version: counts promotions; "1" is as the pack ships it.
    settings: what was changed from the shipped playbook, as JSON texts.
    """

    name: str
    pack: str
    playbook: Playbook
    version: str = FIRST_VERSION
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def streams(self) -> tuple[str, ...]:
        """The names of the streams it watches."""
        return (self.playbook.stream.name,)

    @property
    def settings_sha256(self) -> str:
        """Hash of everything about the rule that can be set, in hex."""
        shown = f"{self.name} {self.playbook.detect!r} {_other_settings(self.playbook)!r}"
        return hashlib.sha256(shown.encode()).hexdigest()


def rules_of(packs: tuple[Pack, ...]) -> dict[str, Rule]:
    """Every rule of the packs by name, as shipped."""
    found = (
        Rule(name=pack.rule(playbook), pack=pack.name, playbook=playbook)
        for pack in packs
        for playbook in pack.playbooks
    )
    return {rule.name: rule for rule in found}


def with_above(rule: Rule, rules: Mapping[str, Rule]) -> dict[str, Rule]:
    """The rule, and all whose cases answer for its alarms, the highest first.

    rules: by name; where the others are taken from.
    """
    found: dict[str, Rule] = {}
    for name in above(rule):
        found |= with_above(rules[name], rules)
    return {**found, rule.name: rule}


def above(rule: Rule) -> tuple[str, ...]:
    """The full names of the rules whose cases answer for this one's alarms."""
    return tuple(f"{rule.pack}.{name}" for name in rule.playbook.under)


def in_words(detector: Any) -> str:
    """A detector and those of its settings that are set, durations as people write them.

    >>> from haihe.detect.limit import Limit
    >>> in_words(Limit("methane", high=20.0, on_delay=60_000_000_000))
    'Limit(methane, high=20, on_delay=1 min, severity=moderate)'
    """
    told: list[str] = []
    for each in dataclasses.fields(detector):
        value = getattr(detector, each.name)
        if each.name == "field":
            told.append(str(value))
        elif value not in (None, each.default) or isinstance(value, Severity):
            told.append(f"{each.name}={_in_words(value)}")
    return f"{type(detector).__name__}({', '.join(told)})"


def _in_words(value: object) -> str:
    if isinstance(value, Severity):
        return value.name.lower()
    if isinstance(value, int) and abs(value) >= SECOND:  # No count is as large.
        return format_duration(abs(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing about a rule that can be tuned.

    name: as ``tuned`` takes it.
    value: the one in force; None where none is set.
    """

    name: str
    value: float | int | None

    @property
    def is_duration(self) -> bool:
        """Whether it is a time in ns: no count is 0, and none is as large as a second of them."""
        return isinstance(self.value, int) and (self.value == 0 or abs(self.value) >= SECOND)


def settings_in_force(rule: Rule) -> tuple[Setting, ...]:
    """Every number of a rule that can be tuned, with the value in force."""
    playbook = rule.playbook
    parts = {"": playbook.detect, "close.": playbook.close, "roll_up.": playbook.roll_up}
    found = []
    for head, part in parts.items():
        assert dataclasses.is_dataclass(part)  # As in ``parsed``.
        for each in dataclasses.fields(part):
            value = getattr(part, each.name)
            is_number = isinstance(value, int | float) and not isinstance(value, bool | Severity)
            if is_number or (value is None and each.type == float | None):
                found.append(Setting(head + each.name, value))
    return (*found, Setting("due_in", playbook.due_in))


def tuned(rule: Rule, settings: Mapping[str, str]) -> Rule:
    """The rule with other settings.

    settings: a field of the detector ("high"), or "close.window", "close.at_least", "close.gap",
        "roll_up.window", "roll_up.settle", "due_in", to its new value as JSON text ("25.0"). {}
        gives the rule as it is.
    Raises PackInvalid if a name is not known or a value does not fit.
    """
    playbook = rule.playbook
    detector: Any = playbook.detect  # A protocol; that it is a dataclass is checked below.
    parts = {"close": playbook.close, "roll_up": playbook.roll_up}
    inner: dict[str, dict[str, Any]] = {head: {} for head in parts}
    detect: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for name, value in sorted(settings.items()):  # As the log gives them back.
        head, dot, rest = name.partition(".")
        if dot and head in parts:
            inner[head][rest] = parsed(rule.name, parts[head], name=rest, value=value)
        elif name == "due_in":
            own[name] = parsed(rule.name, playbook, name=name, value=value)
        else:
            detect[name] = parsed(rule.name, detector, name=name, value=value)
    try:
        changed = dataclasses.replace(
            playbook,
            detect=dataclasses.replace(detector, **detect),
            close=dataclasses.replace(playbook.close, **inner["close"]),
            roll_up=dataclasses.replace(playbook.roll_up, **inner["roll_up"]),
            **own,
        )
    except (TypeError, ValueError) as error:
        raise PackInvalid(
            f"rule '{rule.name}' cannot run with {dict(settings)}: {error}"
        ) from error
    if not 0 < changed.due_in <= DUE_IN_MAX:
        raise PackInvalid(
            f"rule '{rule.name}' cannot be due in {changed.due_in} ns; "
            f"1 to {DUE_IN_MAX} are allowed."
        )
    return dataclasses.replace(rule, playbook=changed, settings=tuple(sorted(settings.items())))


def parsed(rule: str, holder: object, *, name: str, value: str) -> Any:
    """The value of one setting, of the type it has now.

    rule: its name, for the message.
    holder: the dataclass that has the setting.
    value: JSON text.
    Raises PackInvalid if there is no such setting, or the value does not fit.
    """
    assert dataclasses.is_dataclass(holder)  # Detectors, closures, playbooks and controls all are.
    known = [field.name for field in dataclasses.fields(holder)]
    if name not in known:
        raise PackInvalid(f"rule '{rule}' has no setting '{name}'; it has {', '.join(known)}.")
    now = getattr(holder, name)
    try:
        found = msgspec.json.decode(value)
    except msgspec.DecodeError as error:
        raise PackInvalid(f"'{value}' for {name} of '{rule}' is not JSON: {error}.") from error
    try:
        if isinstance(found, bool) is isinstance(now, bool):
            if isinstance(now, float | None) and isinstance(found, int | float):
                return float(found)
            if isinstance(now, int | str) and isinstance(found, int | str):
                return _like(now, found)
    except ValueError as error:
        raise PackInvalid(f"{name} of '{rule}' cannot be {found!r}: {error}.") from error
    raise PackInvalid(f"{name} of '{rule}' is {now!r}; {found!r} is of another type.")


def _like(now: int | str, found: int | str) -> int | str:
    """The value as what stands there now is: a whole number, a severity, a text."""
    if isinstance(now, str) is not isinstance(found, str):
        raise ValueError(f"it is {now!r}")
    return type(now)(found)


def _other_settings(playbook: Playbook) -> tuple[object, ...]:
    """Everything that can be set beside the detector."""
    close = playbook.close
    times = (close.window, close.at_least, close.gap, playbook.due_in)
    return (*times, playbook.roll_up, playbook.under)
