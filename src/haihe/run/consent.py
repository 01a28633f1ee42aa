"""转正须两人同意: one proposes what runs in shadow, another agrees to exactly that, or declines."""

from typing import Final

import msgspec

from haihe.errors import PackInvalid
from haihe.model.line import Action
from haihe.model.time import DAY, format_instant
from haihe.run.shadow import Shadow

PROPOSAL_STANDS: Final = 3 * DAY  # Ours: over a weekend; what was seen then is still fresh.


class Proposal(msgspec.Struct, frozen=True):
    """Settings that somebody wants to become live, until somebody else agrees.

    rule: whose; settings: all that differ from the shipped ones, as JSON texts.
    sha256: of everything about the rule that can be set, as it was shown; hex.
    by, reason: who proposes it, and why.
    at, until: the log's time; ns. From ``until`` on nobody can agree any more.
    """

    rule: str
    settings: dict[str, str]
    sha256: str
    by: str
    reason: str
    at: int
    until: int


def proposed(action: Action, shadow: Shadow) -> Proposal:
    """What an action proposes.

    shadow: what runs beside the live rule.
    Raises PackInvalid without a reason, or while nothing was seen of how it does.
    """
    check_tried(action, shadow)
    return Proposal(
        rule=shadow.rule.name,
        settings=dict(shadow.rule.settings),
        sha256=shadow.rule.settings_sha256,
        by=action.by,
        reason=action.reason,
        at=action.at,
        until=action.at + PROPOSAL_STANDS,
    )


def check_tried(action: Action, shadow: Shadow) -> None:
    """Refuse to make live what has no reason, or was not tried.

    Raises PackInvalid.
    """
    if not action.reason.strip():
        raise PackInvalid(f"promoting {action.subject} needs a reason; say it in 'reason'.")
    if not shadow.records:
        raise PackInvalid(
            f"the shadow of {action.subject} has seen no record of "
            f"{' or '.join(shadow.rule.streams)} yet; let it run before you promote it."
        )


def check_agreed(action: Action, proposal: Proposal) -> None:
    """Refuse an agreement that is not another person's, in time, to exactly what was proposed.

    proposal: gone as soon as the shadow or the live rule changes, so what it says is what runs.

    Raises PackInvalid.
    """
    name = proposal.rule
    if action.at >= proposal.until:
        ended = format_instant(proposal.until)
        raise PackInvalid(f"the proposal for {name} ended at {ended}; propose it again.")
    if not action.by.strip() or same_person(action.by, proposal.by):
        raise PackInvalid(
            f"{proposal.by} proposed it; another person must agree to promote {name}."
        )
    if action.sha256 != proposal.sha256:
        raise PackInvalid(
            f"what was agreed to ({action.sha256[:12] or 'nothing'}) is not what is proposed for "
            f"{name} ({proposal.sha256[:12]}); look at it again."
        )


def check_declined(action: Action) -> None:
    """Refuse a no without a reason.

    Raises PackInvalid.
    """
    if not action.reason.strip():
        raise PackInvalid(f"declining {action.subject} needs a reason; say it in 'reason'.")


def same_person(one: str, other: str) -> bool:
    """Whether two names are one person's: case and spaces around make no second one.

    >>> same_person("Ann", " ann ")
    True
    """
    return one.strip().casefold() == other.strip().casefold()
