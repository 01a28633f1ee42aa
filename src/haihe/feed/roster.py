"""The entities a sender names in every body, read and checked once."""

from threading import Lock
from typing import Final

import pyarrow as pa

from haihe.feed.columns import bad_ids
from haihe.model.record import Roster

ROSTERS_MAX: Final = 64  # Ours: gateways that send in turn; past it the oldest is read anew.
IDS_MAX: Final = 20_000  # Ours: 64 of them hold some 100 MB at most; larger ones are read anew.

_rosters: Final[dict[tuple[int, bytes, bytes], Roster]] = {}
_lock: Final = Lock()


def roster_of(dictionary: pa.Array) -> Roster | None:
    """The ids of a dictionary of entities, all of them sound and each once; else None.

    dictionary: text without nulls.
    The same bytes give the same object, so that what is known of it need not be looked up again.
    """
    kind = dictionary.type
    if not pa.types.is_string(kind) or dictionary.offset or not 0 < len(dictionary) <= IDS_MAX:
        return None
    _, ends, text = dictionary.buffers()
    if text is None:
        return None
    key = (len(dictionary), ends.to_pybytes(), text.to_pybytes())
    known = _rosters.get(key)
    if known is not None:
        return known
    ids = Roster(dictionary.to_pylist())
    if len(set(ids)) != len(ids) or bad_ids(ids):
        return None
    with _lock:
        while len(_rosters) >= ROSTERS_MAX:
            del _rosters[next(iter(_rosters))]
        _rosters[key] = ids
    return ids
