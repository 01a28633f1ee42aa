"""Proposals that wait for a second person: what is shown of them, and whose word counts."""

from typing import Any

from haihe.decide.grants.agreeing import standing_for
from haihe.model.line import Verb
from haihe.serve.access import ACTING_ON_RULES, ENGINEERS
from haihe.serve.access.names import key_of
from haihe.serve.calling import Asked
from haihe.serve.consent import check_person
from haihe.serve.problem import conflict, forbidden, malformed, unknown
from haihe.serve.schemes.current import Now
from haihe.serve.schemes.shown_books import ProposalShown

VERBS = {"propose": Verb.PROPOSE, "agree": Verb.AGREE, "decline": Verb.DECLINE}


def proposal_of(now: Now, what: str) -> ProposalShown | None:
    """What is proposed for ``book/NAME`` or ``payments/NAME`` and still stands."""
    found = standing_for(now.grants.kept, what, now=now.at)
    if found is None:
        return None
    return ProposalShown(found.by, found.reason, found.at, found.until, found.sha256)


def check_word(asked: Asked[Any, Any], now: Now, *, what: str, move: str, sha256: str = "") -> None:
    """Refuse who may not propose, agree to or decline what takes two people.

    what: as in ``proposal_of``. sha256: that the request brings.
    Raises Problem.
    """
    platform, caller = asked.platform, asked.caller
    if bool(sha256) is not (move == "agree"):
        raise malformed("'agree', and only that, takes the 'sha256' that was shown.", status=422)
    if move not in VERBS:
        return
    check_person(platform, caller, verb=VERBS[move])
    if move == "propose":
        return
    standing = proposal_of(now, what)
    if standing is None:
        raise unknown(
            f"nothing is proposed for '{what}', or it ended.",
            what_to_do="Look at it again; somebody may propose it anew.",
        )
    if move != "agree" or caller.is_local:
        return
    if ENGINEERS.isdisjoint(caller.roles):
        raise forbidden(f"{caller.name} may not agree to this; an engineer or administrator may.")
    account = platform.access.book.account(key_of(standing.by))
    may = account is not None and not ACTING_ON_RULES.isdisjoint(account.grant.roles)
    if account is None or account.is_disabled or not may:
        raise conflict(
            f"{standing.by}, who proposed it, may no longer propose.",
            what_to_do="Decline it; somebody who may can propose it again.",
        )
