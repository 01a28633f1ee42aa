"""Findings of ``SensorFault`` as a score counts them."""

from collections.abc import Iterable
from dataclasses import dataclass

from haihe.detect import Finding


@dataclass(frozen=True, slots=True)
class Verdict:
    """A sensor called faulty.

    at: when it was given, in blocks from the beginning.
    slot: the entity.
    kind: as in the injected faults.
    """

    at: float
    slot: int
    kind: str


def verdicts_of(findings: Iterable[Finding], *, begin_at: int, block: int) -> list[Verdict]:
    """What was raised, in order of time.

    begin_at: ns. block: its length; ns.
    """
    found = [
        Verdict((each.observed_at - begin_at) / block, each.slot, _kind(each.detail))
        for each in findings
        if each.raised
    ]
    return sorted(found, key=lambda verdict: verdict.at)


def _kind(detail: str) -> str:
    word = detail.partition(":")[0]
    if word.startswith("swapped"):
        return "swapped-peer" if "entity number" in word else "swapped-kin"
    return word.split()[0]
