"""A loop in force: a loop of a pack with its settings, their version and their hash."""

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from haihe.errors import PackInvalid
from haihe.model.alarm import Severity
from haihe.pack.contract import Pack
from haihe.pack.loop import Loop, Tuned
from haihe.run.rule import FIRST_VERSION, Setting, parsed

OWN = ("every", "effect_after")


@dataclass(frozen=True, slots=True)
class LoopRule:
    """A loop as it runs now.

    name: ``pack.loop``.
    pack: the pack it comes from.
    loop: with the settings in force.
    version: counts promotions; "1" is as the pack ships it.
    settings: what was changed from the shipped loop, as JSON texts.
    pack_version: the pack's own.
    """

    name: str
    pack: str
    loop: Loop
    version: str = FIRST_VERSION
    settings: tuple[tuple[str, str], ...] = ()
    pack_version: str = ""

    @property
    def streams(self) -> tuple[str, ...]:
        """The names of the streams it sees."""
        return tuple(stream.name for stream in self.loop.streams)

    @property
    def settings_sha256(self) -> str:
        """Hash of everything about the loop that can be set, in hex."""
        loop = self.loop
        shown = f"{self.name} {loop.control!r} {loop.every} {loop.effect_after} {self.streams}"
        return hashlib.sha256(shown.encode()).hexdigest()


def loops_of(packs: Sequence[Pack]) -> dict[str, LoopRule]:
    """Every loop of the packs by name, as shipped."""
    found = (
        LoopRule(name=pack.rule(loop), pack=pack.name, loop=loop, pack_version=pack.version)
        for pack in packs
        for loop in pack.loops
    )
    return {rule.name: rule for rule in found}


def loop_settings(rule: LoopRule) -> tuple[Setting, ...]:
    """Every number of a loop that can be tuned, with the value in force."""
    control: Any = rule.loop.control  # A protocol; ``parsed`` checks that it is a dataclass.
    found = []
    for each in dataclasses.fields(control):
        value = getattr(control, each.name)
        if isinstance(value, int | float) and not isinstance(value, bool | Severity):
            found.append(Setting(each.name, value))
    if isinstance(control, Tuned):
        found += [Setting(name, value) for name, value in control.numbers().items()]
    return (*found, *(Setting(name, getattr(rule.loop, name)) for name in OWN))


def tuned_loop(rule: LoopRule, settings: Mapping[str, str]) -> LoopRule:
    """The loop with other settings.

    settings: a field of the control, "every" or "effect_after", to its new value as JSON text.
    Raises PackInvalid if a name is not known or a value does not fit.
    """
    control: Any = rule.loop.control  # As above.
    inner: dict[str, Any] = {}
    own: dict[str, Any] = {}
    deep: dict[str, float] = {}
    numbers = control.numbers() if isinstance(control, Tuned) else {}
    for name, value in sorted(settings.items()):  # As the log gives them back.
        if name in numbers:
            deep[name] = _number(rule.name, numbers, name=name, value=value)
            continue
        holder, changes = (rule.loop, own) if name in OWN else (control, inner)
        if numbers and name not in OWN and name not in control.__dataclass_fields__:
            known = ", ".join((*numbers, *OWN))
            raise PackInvalid(f"loop '{rule.name}' has no setting '{name}'; it has {known}.")
        changes[name] = parsed(rule.name, holder, name=name, value=value)
    try:
        changed_control = dataclasses.replace(control, **inner)
        if deep:
            changed_control = changed_control.with_numbers(deep)
        changed = dataclasses.replace(rule.loop, control=changed_control, **own)
    except (TypeError, ValueError) as error:
        raise PackInvalid(
            f"loop '{rule.name}' cannot run with {dict(settings)}: {error}"
        ) from error
    return dataclasses.replace(rule, loop=changed, settings=tuple(sorted(settings.items())))


def _number(rule: str, numbers: Mapping[str, float], *, name: str, value: str) -> float:
    """A control's own number, whole where it must be.

    Raises PackInvalid if the text is none.
    """
    try:
        kind = int if isinstance(numbers[name], int) else float
        return msgspec.json.decode(value, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise PackInvalid(f"'{value}' is no number for {name} of '{rule}': {error}.") from error
