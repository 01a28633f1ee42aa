"""每周推送: rounds of digests that begin by themselves, so many enterprises in each part of one."""

from typing import Final

from msgspec.structs import replace

from haihe.decide.grants.enterprise import Purpose
from haihe.decide.grants.kept import Kept
from haihe.decide.grants.rhythm import DAY_MINUTES, Rhythm, made_up_for, next_due
from haihe.decide.scheme.quantity import format_day
from haihe.decide.workday import WEEK, day_of
from haihe.errors import MoveIllegal
from haihe.model.alarm import Noted
from haihe.model.line import Action

PART: Final = 100  # Enterprises that one decision looks at, in some tenths of a second.
PARTS_MAX: Final = 1_000  # Ours: as many as a ledger may note at once; 100,000 enterprises.
WEEKLY: Final = "digest/weekly-"


def agreed_codes(kept: Kept) -> tuple[str, ...]:
    """Enterprises that agreed to be told, in the order in which they came to be known."""
    return tuple(code for code, file in kept.files.items() if file.agreed(Purpose.DIGEST))


def part_of(kept: Kept, entity: str) -> tuple[str, ...]:
    """The enterprises of a round's part.

    entity: such as "digest/weekly-2026-11-23-1", whose last number says which part, from 1.
    """
    place = int(entity.rpartition("-")[2]) - 1
    return agreed_codes(kept)[place * PART : (place + 1) * PART]


def with_rhythm(kept: Kept, action: Action) -> Kept:
    """After somebody said when digests go out by themselves, or that they no longer do.

    Raises MoveIllegal if it is no time of a week.
    """
    weekday, minute = action.settings.get("weekday", ""), action.settings.get("minute", "")
    if weekday == "0":
        return replace(kept, rhythm=None, digest_at=0)
    if not (weekday.isdecimal() and minute.isdecimal() and 1 <= int(weekday) <= WEEK):
        raise MoveIllegal(
            f"weekday is '{weekday}' and minute '{minute}'; give 1 (Monday) to 7 and a minute of "
            "the day, or weekday 0 for never."
        )
    if int(minute) >= DAY_MINUTES:
        raise MoveIllegal(f"minute is {minute}; a day has {DAY_MINUTES}.")
    rhythm = Rhythm(int(weekday), int(minute), action.by, action.at)
    return replace(kept, rhythm=rhythm, digest_at=next_due(rhythm, after=action.at))


def round_due(kept: Kept, *, at: int, now: int) -> tuple[Kept, tuple[Noted, ...]]:
    """After a round was due at an instant that was seen at ``now``; both ns.

    However long the log stood still, it is one round, of the day on which it goes on: what was true
    on the day that was missed is not told any more.
    """
    if kept.rhythm is None:
        return replace(kept, digest_at=0), ()
    if day_of(now) > day_of(at):
        return replace(kept, digest_at=made_up_for(kept.rhythm, now=now)), ()
    agreed = len(agreed_codes(kept))
    parts = min(-(-agreed // PART), PARTS_MAX)
    day = format_day(day_of(at))
    notes = tuple(
        Noted("digest", f"{WEEKLY}{day}-{part}", "period", value=1.0, limit=1.0)
        for part in range(1, parts + 1)
    )
    following = next_due(kept.rhythm, after=max(at, now))
    return replace(kept, digest_at=following, round_at=at), notes
