"""What was told under its sender's own key is done once, however often it is told.

A fold of the log, bounded: who and key to the offset of the act.
"""

from collections.abc import MutableMapping, Sequence
from typing import Final, TypeAlias

from haihe.model.line import Action, Fact

KEYS_MAX: Final = 20_000  # Ours: a hundred crews' acts of a month, 2 MB; then the oldest goes.
Key: TypeAlias = tuple[str, str]  # Who, and what they call the act.


def key_of(facts: Sequence[Fact]) -> Key | None:
    """Under which key something is told; None if under none."""
    act = facts[0] if len(facts) == 1 else None
    return (act.by, act.key) if isinstance(act, Action) and act.key else None


def remember(keys: MutableMapping[Key, int], act: Action, *, offset: int) -> None:
    """Let an act's key count from here on; the oldest of too many is forgotten."""
    if act.key:
        keys.setdefault((act.by, act.key), offset)
        while len(keys) > KEYS_MAX:
            del keys[next(iter(keys))]
