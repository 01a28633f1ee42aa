"""搁置: what opens no case, or gets no order of its loop, for a while; by whom and why."""

from collections.abc import Mapping
from typing import Final

import msgspec

from haihe.model.alarm import Alarm
from haihe.run.places import shelves_of


class Shelved(msgspec.Struct, frozen=True):
    """A shelf.

    until: when it ends; ns. at: since when; ns.
    """

    until: int
    by: str = ""
    reason: str = ""
    at: int = 0


NONE: Final = Shelved(0)


def is_shelved(shelved: Mapping[str, Shelved], alarm: Alarm) -> bool:
    """Whether an alarm was raised on a shelf: its rule's, or its rule's for its entity."""
    return any(shelved.get(key, NONE).until > alarm.raised_at for key in shelves_of(alarm))
