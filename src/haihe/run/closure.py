"""闭环: whether the evidence says that it is over. Silence never says so."""

import msgspec

from haihe.model.record import Observation
from haihe.model.text import Text
from haihe.model.time import BEFORE_ALL, format_duration
from haihe.pack.contract import Closure

GAP_SHARE = 3  # Ours: at least three looks in a window, so that one lost record does not reset it.


class Evidence(msgspec.Struct, frozen=True):
    """The unbroken run of good records of one entity of a case; empty until the first.

    since, last: observed time of the run's first and last record; ns.
    received_at: the log's time of the last one; ns.
    count: how many records.
    first_offset, last_offset: where they stand in the log.
    """

    since: int = BEFORE_ALL
    last: int = BEFORE_ALL
    received_at: int = BEFORE_ALL
    count: int = 0
    first_offset: int = -1
    last_offset: int = -1


def gap_of(closure: Closure) -> int:
    """The longest silence the window may hold; ns."""
    return closure.gap or closure.window // GAP_SHARE


def weighed(
    evidence: Evidence, closure: Closure, *, seen: Observation, received_at: int
) -> Evidence:
    """The evidence after one more record of the entity.

    A record that does not hold, or a silence longer than the gap, begins the run anew; a record
    older than the last one is no evidence at all.
    """
    if seen.observed_at <= evidence.last:
        return evidence
    if not closure.holds(seen):
        return Evidence(last=seen.observed_at)
    broken = evidence.count == 0 or seen.observed_at - evidence.last > gap_of(closure)
    return Evidence(
        since=seen.observed_at if broken else evidence.since,
        last=seen.observed_at,
        received_at=received_at,
        count=1 if broken else evidence.count + 1,
        first_offset=seen.offset if broken else evidence.first_offset,
        last_offset=seen.offset,
    )


def is_over(evidence: Evidence, closure: Closure, *, now: int) -> bool:
    """Whether the run fills the window, is dense enough, and is fresh.

    now: the log's time; ns. Evidence that stopped coming proves nothing of the present.
    """
    return (
        evidence.count >= closure.at_least
        and evidence.last - evidence.since >= closure.window
        and now - evidence.received_at <= gap_of(closure)
    )


def closing_words(evidence: Evidence, closure: Closure, *, entities: int) -> Text:
    """Why a case may close, for the log and the screen."""
    window = format_duration(closure.window)
    return Text(
        zh=f"{entities} 个对象连续 {window} 正常，最后一个有 {evidence.count} 条记录为证",
        en=f"{entities} of {entities} entities good for {window}; "
        f"{evidence.count} records of the last one prove it",
    )
