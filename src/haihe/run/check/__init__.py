"""``haihe pack check``: what a pack owes, measured.

*Runs*: it loads alone, its streams are described, every playbook can close, it is pure, the same
log gives the same bytes, its cases cover yes, no and dirty data and come out as they say, and it
speaks both languages. *Trusted*: it notices what is true at least as well as a named baseline,
survives bad feeds, leaves its operator time, and names value and limit. *Live* is earned in a zone.
"""

from collections.abc import Callable

from haihe.run.check import runs, trusted
from haihe.run.check.day import hours_of, noticed
from haihe.run.check.exam import examine
from haihe.run.check.report import (
    LIVE,
    CheckReport,
    Mark,
    encode_report,
    format_report,
    level_of,
    unmeasured,
)
from haihe.run.check.source import PackSource, find_pack

__all__ = [
    "CheckReport", "Mark", "PackSource", "check_named", "check_pack", "encode_report", "find_pack",
    "format_report",
]  # fmt: skip


def check_named(
    named: str, *, hours: int | None = None, progress: Callable[[str], None] | None = None
) -> CheckReport:
    """A pack by its installed name or its folder, held against all that a pack owes.

    hours: how long the twin's day is, 1 or more; None for the pack's own (``day.hours_of``).
    progress: told what is being done, a few words at a time.
    Raises PackInvalid if there is no such pack, or it or its cases cannot be read.
    """
    return check_pack(find_pack(named), hours=hours, progress=progress)


def check_pack(
    source: PackSource, *, hours: int | None = None, progress: Callable[[str], None] | None = None
) -> CheckReport:
    """A pack held against all that a pack owes.

    hours, progress: as for ``check_named``.
    """
    say = progress or _say_nothing
    exam = examine(source, hours=hours or hours_of(source.pack), say=say)
    say("looking at what it is made of")
    marks = [
        runs.loads_alone(source),
        runs.is_described(source.pack),
        runs.closes(exam),
        runs.is_pure(source),
    ]
    say("running its logs again in other pieces")
    marks += [
        runs.gives_same_bytes(exam),
        runs.is_covered(exam),
        runs.comes_out(exam),
        runs.speaks_both(exam),
    ]
    say("holding it against the baseline")
    tallies = trusted.tallies_of(exam)
    marks.append(trusted.notices(exam, tallies))
    say("spoiling its feeds")
    marks += [trusted.survives(exam), trusted.leaves_time(exam), trusted.names_reasons(exam)]
    marks += [
        unmeasured(LIVE, "shadow agreement", why="run it in a zone beside the live rules"),
        unmeasured(LIVE, "signed promotion", why="a named person promotes it in a zone"),
    ]
    return CheckReport(
        pack=source.pack.name,
        version=source.pack.version,
        level=level_of(tuple(marks)),
        marks=tuple(marks),
        tallies=tallies,
        noticed=tuple(noticed(exam.day, exam.day.steps)) if exam.day is not None else (),
        load=trusted.load_of(exam),
    )


def _say_nothing(words: str) -> None:
    del words
