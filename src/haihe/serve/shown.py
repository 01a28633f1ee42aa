"""Values as JSON for people's programs: instants are ISO 8601 texts, never 19-digit integers."""

from typing import Any, Final

import msgspec

from haihe.model.time import LATEST_AT, format_instant

INSTANTS: Final = frozenset({"at", "until", "now"})  # Beside every name that ends in ``_at``.


def to_json(value: object) -> bytes:
    """The value as JSON; what its names call an instant as ISO 8601 text, or null for never.

    >>> to_json({"opened_at": 1767225600000000000, "until": 0, "value": 3})
    b'{"opened_at":"2026-01-01T00:00:00Z","until":null,"value":3}'
    """
    return msgspec.json.encode(told(msgspec.to_builtins(value)))


def told(value: Any) -> Any:
    """Built-in values with instants as text."""
    if isinstance(value, dict):
        return {
            name: instant_text(inner) if is_instant(name) and type(inner) is int else told(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [told(inner) for inner in value]
    return value


def is_instant(name: object) -> bool:
    """Whether a member of that name is an instant.

    >>> is_instant("opened_at"), is_instant("until"), is_instant("value")
    (True, True, False)
    """
    return isinstance(name, str) and (name.endswith("_at") or name in INSTANTS)


def instant_text(at: int) -> str | None:
    """ISO 8601 text of an instant; None for one that stands for never or not yet.

    at: int, ns.
    """
    return format_instant(at) if 0 < at <= LATEST_AT else None
