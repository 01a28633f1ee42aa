"""A second pair of eyes: whether what the heads showed, second by second, was lawful.

It shares no code with the interlock: it reads the letters only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.packs.traffic.interlock import Rule
from haihe.packs.traffic.limits import Limits
from haihe.packs.traffic.network.model import Junction
from haihe.packs.traffic.tables import tables_of

GREENS: Final = frozenset("Gg")
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
    that came too soon, in order of time. The most red is not looked at: a record may begin late.
    """
    tables = tables_of([junction], limits)
    faults: list[Fault] = []
    for group in range(len(junction.groups)):
        letters = "".join(line[group] for line in lines)
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


def _runs(letters: str) -> list[tuple[int, int, str]]:
    """Begin, end and letter of each stretch; the two greens are one."""
    runs: list[tuple[int, int, str]] = []
    for at, letter in enumerate(letters):
        same = runs and (runs[-1][2] == letter or {runs[-1][2], letter} <= GREENS)
        if same:
            runs[-1] = (runs[-1][0], at + 1, runs[-1][2])
        else:
            runs.append((at, at + 1, letter))
    return runs


def _too_soon(junction: Junction, lines: Sequence[str], *, limits: Limits) -> list[Fault]:
    """Greens that begin while a conflicting group is green, yellow, or not long enough clear."""
    tables = tables_of([junction], limits)
    letters = np.array([list(line) for line in lines])
    green = np.isin(letters, sorted(GREENS))
    used = green | (letters == "y")
    seconds = np.arange(len(lines))[:, None]
    last = np.maximum.accumulate(np.where(used, seconds, LONG_AGO), axis=0)
    before = np.vstack([np.full((1, used.shape[1]), LONG_AGO), last[:-1]])
    begins = green & ~np.vstack([green[:1], green[:-1]])
    clear_s = seconds[:, :, None] - before[:, :, None] - 1
    early = clear_s < tables.gap_s[0]
    together = np.triu(green[:, :, None] & green[:, None, :])
    found = junction.excludes & (together | (begins[:, None, :] & early))
    return [
        Fault(int(second), int(group), Rule.CONFLICT) for second, _, group in np.argwhere(found)
    ]
