"""A second pair of eyes: whether what the heads showed, second by second, was lawful.

It shares no code with the interlock: it reads the letters only, and who was told to ask for green.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.packs.traffic.interlock import Rule
from haihe.packs.traffic.limits import Limits
from haihe.packs.traffic.network.model import Junction
from haihe.packs.traffic.tables import tables_of

GREENS: Final = frozenset("Gg")
RUN: Final = re.compile(r"[Gg]+|([^Gg])\1*")
LONG_AGO: Final = -(10**6)  # Ours: seconds before the record; longer than any clearing.


@dataclass(frozen=True, slots=True)
class Fault:
    """A limit that was broken on the street.

    second: counted from the first line.
    group: the ordinal of the signal group.
    rule: which.
    """

    second: int
    group: int
    rule: Rule


def faults_of(junction: Junction, lines: Sequence[str], *, limits: Limits) -> tuple[Fault, ...]:
    """Every limit broken in a record of heads.

    lines: one for each second, one letter for each group.
    Returns conflicts, greens cut short, green without yellow before red, and conflicting greens
    that came too soon, in order of time. How long a red may be depends on who asks: ``waits_of``.
    """
    tables = tables_of([junction], limits)
    faults: list[Fault] = []
    for group, shown in enumerate(zip(*lines, strict=True)):
        letters = "".join(shown)
        for begin, end, letter in _runs(letters):
            if end < len(letters):
                least, yellow = int(tables.least_s[0, group]), int(tables.yellow_s[0, group])
                if letter in GREENS and begin > 0 and end - begin < least:
                    faults.append(Fault(end, group, Rule.LEAST_GREEN))
                if letter in GREENS and letters[end] != "y" and yellow:
                    faults.append(Fault(end, group, Rule.CHANGING))
                if letter == "y" and end - begin < yellow:
                    faults.append(Fault(end, group, Rule.CHANGING))
    faults += _too_soon(junction, lines, limits=limits)
    return tuple(sorted(faults, key=lambda one: (one.second, one.group, one.rule)))


def waits_of(lines: Sequence[str], calls: Sequence[str], *, limits: Limits) -> tuple[Fault, ...]:
    """Every red that lasted beyond its limit, of a record of heads and of who asked for green.

    lines: as for ``faults_of``.
    calls: one for each second, one letter for each group: "1" while somebody is told to wait there,
        or nobody can tell; else "0".
    Returns one fault for each such red, at the second at which the limit was passed. A call stands
    until green, though it is told for a second only; what was before the record does not count.
    """
    faults: list[Fault] = []
    for group, (shown, told) in enumerate(
        zip(zip(*lines, strict=True), zip(*calls, strict=True), strict=True)
    ):
        for red in re.finditer("r+", "".join(shown)):
            begin, end = red.span()
            asked = "".join(told).find("1", begin, end)
            due = begin + limits.most_uncalled_s
            if asked >= 0:
                due = min(due, asked + limits.most_red_s)
            if limits.most_red_s and end > due:
                faults.append(Fault(due, group, Rule.MOST_RED))
    return tuple(sorted(faults, key=lambda one: (one.second, one.group)))


def _runs(letters: str) -> list[tuple[int, int, str]]:
    """Begin, end and letter of each stretch; the two greens are one."""
    return [(one.start(), one.end(), one[0][0]) for one in RUN.finditer(letters)]


def _too_soon(junction: Junction, lines: Sequence[str], *, limits: Limits) -> list[Fault]:
    """Greens that begin while a conflicting group is green, yellow, or not long enough clear."""
    tables = tables_of([junction], limits)
    letters = np.array([line.encode() for line in lines]).view(np.uint8).reshape(len(lines), -1)
    green = (letters == ord("G")) | (letters == ord("g"))
    used = green | (letters == ord("y"))
    seconds = np.arange(len(lines))[:, None]
    last = np.maximum.accumulate(np.where(used, seconds, LONG_AGO), axis=0)
    before = np.vstack([np.full((1, used.shape[1]), LONG_AGO), last[:-1]])
    begins = green & ~np.vstack([green[:1], green[:-1]])
    one, other = np.nonzero(np.triu(junction.excludes))
    at, pair = np.nonzero(green[:, one] & green[:, other])
    found = set(zip(at.tolist(), one[pair].tolist(), other[pair].tolist(), strict=True))
    rows = np.flatnonzero(begins.any(axis=1))
    clear_s = rows[:, None, None] - before[rows, :, None] - 1
    early = junction.excludes & begins[rows, None, :] & (clear_s < tables.gap_s[0])
    row, one, other = np.nonzero(early)
    found |= set(zip(rows[row].tolist(), one.tolist(), other.tolist(), strict=True))
    return [Fault(second, group, Rule.CONFLICT) for second, _, group in found]
