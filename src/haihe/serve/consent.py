"""Whose word counts when two must agree: people's, each by their own account."""

from haihe.model.line import Verb
from haihe.run.engine import Engine
from haihe.serve.access import ENGINEERS, Caller
from haihe.serve.access.names import key_of
from haihe.serve.platform import Platform
from haihe.serve.problem import conflict, forbidden


def check_person(platform: Platform, caller: Caller, *, verb: Verb) -> None:
    """Refuse who is no person here, or agrees by a token: a token is lent, a sign-in is not.

    Raises Problem.
    """
    if caller.is_local:
        return  # Nobody has an account yet; the machine's operator names both.
    if caller.areas:
        raise forbidden(f"{caller.name} has some areas only; this holds in all.")
    if not caller.account:
        raise forbidden(
            f"{caller.name} is nobody's account; '{verb}' is a person's word.",
            what_to_do="Sign in with an account of your own.",
        )
    if verb is Verb.AGREE and not has_signed_in(platform, caller):
        raise forbidden(
            "to agree, sign in with your own account; a token is not enough.",
            what_to_do="Open the console, sign in with name and password, and agree on its page.",
        )


async def check_proposer(platform: Platform, rule: str) -> None:
    """Refuse an agreement with somebody who may no longer propose.

    Raises Problem.
    """
    book = platform.access.book

    def look(engine: Engine) -> str:
        proposal = engine.proposals.get(rule)
        return proposal.by if proposal is not None else ""

    by = await platform.answers.of(platform.node.ask(look))
    if not by or not book.kept.accounts:
        return
    account = book.account(key_of(by))
    if account is None or account.is_disabled or ENGINEERS.isdisjoint(account.grant.roles):
        raise conflict(
            f"{by}, who proposed it, may no longer propose.",
            what_to_do="Decline it; somebody who may can propose it again.",
        )


def has_signed_in(platform: Platform, caller: Caller) -> bool:
    """Whether the caller's session began with the account itself, not with a token of it."""
    access = platform.access
    own = access.sessions.of(caller.account, now=access.clock.now())
    return any(session.id == caller.session for session, _ in own)
