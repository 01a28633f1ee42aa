"""Types: whether a value is of one, and how one is made to fit where a type is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from haihe.decide.feel.moments import Date, DateTime, Time
from haihe.decide.feel.nodes import Node, TypeName
from haihe.decide.feel.values import Builtin, Range, Value, kind_of

PLAIN: Final = frozenset(
    {
        "number", "string", "boolean", "date", "time", "date and time", "Any", "Null", "list",
        "context", "function", "range", "days and time duration", "years and months duration",
    }
)  # fmt: skip
OTHER_NAMES: Final = {
    "dateTime": "date and time", "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration", "duration": "days and time duration",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Definition:
    """A type that a model defines.

    base: what it is made of; None for a context of ``fields``.
    is_list: whether it is a list of that.
    allowed: the tests that a value must pass; None for all.
    whole: whether ``allowed`` is about the whole list instead of its members.
    """

    base: TypeName | None
    fields: tuple[tuple[str, "Definition"], ...] = ()
    is_list: bool = False
    allowed: Node | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Kinds:
    """All types of a model.

    named: by name.
    passes: whether a value passes the tests of the allowed values.
    """

    named: Mapping[str, Definition] = field(default_factory=dict)
    passes: Callable[[Node, Value], bool] = lambda _, __: True

    def known(self, kind: TypeName) -> bool:
        """Whether there is such a type, and all within it."""
        name = OTHER_NAMES.get(kind.name, kind.name)
        inner = (*kind.inner, *(one for _, one in kind.fields))
        return (name in PLAIN or name in self.named) and all(self.known(one) for one in inner)


def conforms(given: Value, kind: TypeName, *, kinds: Kinds) -> bool:
    """Whether a value is of a type; null is of ``Any`` and ``Null`` only."""
    name = OTHER_NAMES.get(kind.name, kind.name)
    if name in kinds.named and name not in PLAIN:
        return meets(given, kinds.named[name], kinds=kinds)
    if name == "Any":
        return True
    if given is None:
        return name == "Null"
    if name == "function":
        return _of_function(given, kind)
    if kind_of(given) != name:
        return False
    if name == "list" and kind.inner and isinstance(given, tuple):
        return all(_or_null(one, kind.inner[0], kinds=kinds) for one in given)
    if name == "context" and isinstance(given, dict):
        return all(
            key in given and _or_null(given[key], one, kinds=kinds) for key, one in kind.fields
        )
    if name == "range" and kind.inner and isinstance(given, Range):
        return all(
            one is None or conforms(one, kind.inner[0], kinds=kinds)
            for one in (given.low, given.high)
        )
    return True


def _or_null(given: Value, kind: TypeName, *, kinds: Kinds) -> bool:
    return given is None or conforms(given, kind, kinds=kinds)


def _of_function(given: Value, kind: TypeName) -> bool:
    if kind_of(given) != "function":
        return False
    if kind.result is None:
        return True
    if isinstance(given, Builtin):
        return any(len(one) == len(kind.inner) for one in given.signatures)
    taken: tuple[TypeName | None, ...] = getattr(given, "kinds", ())
    return len(taken) == len(kind.inner) and all(
        one is None or wanted.name == one.name or wanted.name == "Any"
        for one, wanted in zip(taken, kind.inner, strict=True)
    )


def meets(given: Value, definition: Definition, *, kinds: Kinds) -> bool:
    """Whether a value is of a defined type."""
    if definition.is_list:
        if not isinstance(given, tuple):
            return False
        right = all(_meets_one(one, definition, kinds=kinds) for one in given)
        return right and (not definition.whole or _is_allowed(given, definition, kinds=kinds))
    return given is not None and _meets_one(given, definition, kinds=kinds)


def _is_allowed(given: Value, definition: Definition, *, kinds: Kinds) -> bool:
    return definition.allowed is None or kinds.passes(definition.allowed, given)


def _meets_one(given: Value, definition: Definition, *, kinds: Kinds) -> bool:
    if given is None:
        return True
    if not definition.whole and not _is_allowed(given, definition, kinds=kinds):
        return False
    if definition.base is not None:
        return conforms(given, definition.base, kinds=kinds)
    return isinstance(given, dict) and all(
        name in given and (given[name] is None or meets(given[name], one, kinds=kinds))
        for name, one in definition.fields
    )


def fitted(given: Value, kind: TypeName | None, *, kinds: Kinds) -> Value:
    """A value where a type is asked for: made to fit as the language allows, else null."""
    if kind is None or given is None or kind.name == "Any" or conforms(given, kind, kinds=kinds):
        return given
    if isinstance(given, tuple) and len(given) == 1 and conforms(given[0], kind, kinds=kinds):
        return given[0]
    if not isinstance(given, tuple) and conforms((given,), kind, kinds=kinds):
        return (given,)
    if isinstance(given, Date) and kind.name in ("date and time", "dateTime"):
        return DateTime(given, Time(0, 0))
    return None
