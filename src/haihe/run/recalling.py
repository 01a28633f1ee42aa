"""The process in which a ledger of the past is folded again, so that the writer never waits for it.

It answers with a ``RecalledOrGone`` as JSON; on standard error, lines of digits say how many
hundredths are done, and others what is wrong.
"""

import os
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from haihe.errors import HaiheError, PackInvalid
from haihe.log.sqlite import SqliteLog
from haihe.pack.contract import Pack
from haihe.pack.load import load_packs
from haihe.run.recall import KEEP, Asked, Gone, Place, Recalled, RecalledOrGone, ignored, recall
from haihe.run.zone import HISTORY_FOLDER
from haihe.state.history import History

NICE: Final = 5  # Ours: somebody waits for it, but the zone comes first; of 0 to 19.
PARTS: Final = 100  # Ours: what is done is told in hundredths.
DONE, REFUSED = 0, 2


def recalled_in(
    folder: Path, pack: Pack, *, asked: Asked, tell: Callable[[float], None] = ignored
) -> Recalled | Gone:
    """A pack's ledger as it was, from a data folder; also while a server runs on it.

    tell: is called with the part done, 0 to 1.
    Raises as ``recall``.
    """
    with (
        closing(SqliteLog(folder, read_only=True)) as log,
        closing(History(log, folder / HISTORY_FOLDER)) as history,
    ):
        return recall(Place(folder, log, history), pack, asked=asked, tell=tell)


def main() -> int:
    """Answer one question."""
    os.nice(NICE)
    folder, name, before_at, is_kept = sys.argv[1:]
    asked = Asked(int(before_at), is_kept == KEEP)
    told = -1

    def tell(done: float) -> None:
        nonlocal told
        if int(done * PARTS) > told:
            told = int(done * PARTS)
            sys.stderr.write(f"{told}\n")
            sys.stderr.flush()

    try:
        (pack,) = load_packs((name,)).packs or (None,)
        if pack is None:
            raise PackInvalid(f"pack '{name}' does not load; see 'haihe doctor'.")
        answer = recalled_in(Path(folder), pack, asked=asked, tell=tell)
    except (HaiheError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    sys.stdout.buffer.write(msgspec.json.encode(RecalledOrGone(answer)))
    return DONE


if __name__ == "__main__":
    sys.exit(main())
