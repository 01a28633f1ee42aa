"""What a check of a pack found, mark by mark, as a value, a table and JSON."""

from typing import Final

import msgspec

from haihe.run.check.day import Noticed, Tally
from haihe.run.load import AlarmLoad

RUNS, TRUSTED, LIVE = "runs", "trusted", "live"
GROUPS: Final = (RUNS, TRUSTED, LIVE)
SHOWN_MAX: Final = 3  # Ours: problems of one mark in the table; all of one kind mend alike.
WIDTH: Final = 21  # Of the column of names: the longest, and a space.
SIGNS: Final = {True: "ok  ", False: "FAIL", None: "-   "}


class Mark(msgspec.Struct, frozen=True):
    """One thing that a pack owes.

    group: "runs", "trusted" or "live".
    name: in two or three words.
    passed: whether it is kept; None where it was not measured.
    found: what was found.
    mend: what to do; "" where nothing is to be done.
    """

    group: str
    name: str
    passed: bool | None
    found: str
    mend: str = ""


class CheckReport(msgspec.Struct, frozen=True):
    """A pack held against all that a pack owes.

    pack, version: which.
    level: "trusted", "runs", or "" while a mark of "runs" is not kept.
    marks: all of them, in order.
    tallies: the backtest: the pack and the baseline, on the cases and on the twin's day.
    noticed: each true fault of the day and who noticed it first.
    load: alarms on one operator on the day; None without a day.
    """

    pack: str
    version: str
    level: str
    marks: tuple[Mark, ...]
    tallies: tuple[Tally, ...] = ()
    noticed: tuple[Noticed, ...] = ()
    load: AlarmLoad | None = None

    @property
    def passed(self) -> bool:
        """Whether no mark that was measured has failed."""
        return all(mark.passed is not False for mark in self.marks)


def marked(group: str, name: str, *, problems: list[str], kept: str, mend: str) -> Mark:
    """A mark that is kept if there are no problems.

    kept: what to say then.
    mend: what to do else.
    """
    if not problems:
        return Mark(group, name, passed=True, found=kept)
    shown = "; ".join(problems[:SHOWN_MAX])
    more = f"; and {len(problems) - SHOWN_MAX} more" if len(problems) > SHOWN_MAX else ""
    return Mark(group, name, passed=False, found=shown + more, mend=mend)


def unmeasured(group: str, name: str, *, why: str) -> Mark:
    """A mark that this check cannot give, and why."""
    return Mark(group, name, passed=None, found=f"not measured: {why}")


def counted(count: int, what: str) -> str:
    """A number of things in words.

    >>> counted(1, "case"), counted(2, "case")
    ('1 case', '2 cases')
    """
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def level_of(marks: tuple[Mark, ...]) -> str:
    """How far a pack is: "trusted", "runs" or ""."""
    if any(mark.passed is not True for mark in marks if mark.group == RUNS):
        return ""
    trusted = all(mark.passed is True for mark in marks if mark.group == TRUSTED)
    return TRUSTED if trusted else RUNS


def encode_report(report: CheckReport) -> bytes:
    """The report as JSON; equal reports give equal bytes."""
    return msgspec.json.encode(report, order="deterministic")


def format_report(report: CheckReport) -> str:
    """The report as a table to be printed; no newline at its end."""
    lines = [f"pack {report.pack} {report.version}"]
    for group in GROUPS:
        lines.append(group)
        for mark in report.marks:
            if mark.group == group:
                lines.append(f"  {SIGNS[mark.passed]} {mark.name:<{WIDTH}} {mark.found}")
                lines += [f"{'':>{WIDTH + 8}}mend: {mark.mend}"] if mark.mend else []
    if report.tallies:
        lines += ["backtest", *_tally_lines(report.tallies)]
    for one in report.noticed:
        by = f"{one.by} after {one.delay_s:g} s" if one.by else "nobody"
        lines.append(f"  {one.kind} at {one.entity}: {by}")
    owed = sum(mark.passed is False for mark in report.marks)
    end = f"level: {report.level or 'none yet'}"
    lines.append(
        f"{counted(owed, 'mark')} not kept; {end}" if owed else f"all measured marks kept; {end}"
    )
    return "\n".join(lines)


def _tally_lines(tallies: tuple[Tally, ...]) -> list[str]:
    head = (
        f"  {'on':<10}{'watch':<16}{'events':>8}{'found':>8}{'false':>8}{'alarms':>8}{'delay':>10}"
    )
    return [
        head,
        *(
            f"  {one.where:<10}{one.watch:<16}{one.events:>8}{one.found:>8}{one.false:>8}"
            f"{one.alarms:>8}{one.delay_s:>8g} s"
            for one in tallies
        ),
    ]
