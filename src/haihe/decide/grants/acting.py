"""What people tell the ledger of the schemes, checked: books, pools, consents, payment lists."""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from haihe.decide.grants.application import Stage
from haihe.decide.grants.enterprise import Consent, EnterpriseFile, Purpose
from haihe.decide.grants.identity import check_code
from haihe.decide.grants.kept import LISTS_KEPT, Kept, PaymentList
from haihe.decide.grants.money import Pool
from haihe.decide.grants.register import Asked, BookState
from haihe.decide.scheme.quantity import AMOUNT_MAX, parse_day
from haihe.errors import MoveIllegal
from haihe.model.line import Action

YEARS: Final = (2000, 2100)  # Ours: a year beyond is a slip of the pen.


def asked_of(action: Action, *, today: int) -> Asked:
    """What a person asks of a book; ``today`` since 1970.

    Raises MoveIllegal if it is no move of a book.
    """
    told = action.settings
    try:
        state = BookState(told.get("move", ""))
        day = parse_day(told["day"]) if told.get("day") else None
        documents = msgspec.json.decode(told.get("documents", "{}"), type=dict[str, str])
    except ValueError as error:
        known = ", ".join(BookState)
        raise MoveIllegal(f"{error} A book's 'move' is one of {known}.") from error
    return Asked(
        state,
        action.at,
        today,
        action.by,
        second=action.second,
        reason=action.reason,
        text=told.get("text", ""),
        day=day,
        documents=documents,
    )


def with_pool(kept: Kept, name: str, *, action: Action) -> Kept:
    """After somebody set the money of a scheme and year: ``scheme/year``.

    Raises MoveIllegal if it is no money, or less than is given away already.
    """
    scheme, _, year_text = name.rpartition("/")
    limit = _whole(action.settings, "limit_fen", most=AMOUNT_MAX)
    year = int(year_text) if year_text.isdecimal() else 0
    if not scheme or not YEARS[0] <= year <= YEARS[1]:
        raise MoveIllegal(f"'{name}' is no pool; call it scheme/year, as research-grant/2026.")
    held = sum(
        one.holds_fen
        for one in kept.applications.values()
        if one.scheme == scheme and one.year == year
    )
    if limit < held:
        raise MoveIllegal(f"{held} fen of '{name}' are given away already; {limit} is less.")
    pool = Pool(scheme, year, limit, action.by, action.at)
    return replace(kept, pools={**kept.pools, pool.key: pool})


def with_consent(kept: Kept, name: str, *, action: Action) -> Kept:
    """After an enterprise agreed to a purpose, or took that back.

    Raises MoveIllegal if it is no enterprise or purpose.
    """
    try:
        code = check_code(name)
        purpose = Purpose(action.settings.get("purpose", ""))
    except ValueError as error:
        raise MoveIllegal(f"{error} Purposes are {', '.join(Purpose)}.") from error
    agreed = action.settings.get("agreed") == "yes"
    file = kept.files.get(code) or EnterpriseFile(code)
    consent = Consent(agreed, action.at, action.by)
    changed = replace(file, consents={**file.consents, purpose: consent})
    return replace(kept, files={**kept.files, code: changed})


def with_payments(kept: Kept, name: str, *, action: Action) -> Kept:
    """After a payment list was made: its root, and which awards it holds.

    Raises MoveIllegal if one is not approved, or stands in a list already; and unless two people
    made it.
    """
    if action.second in ("", action.by):
        raise MoveIllegal("a payment list takes two people; name another one in 'second'.")
    if any(one.id == name for one in kept.payments):
        raise MoveIllegal(f"there is a payment list '{name}' already.")
    awards = msgspec.json.decode(action.settings.get("awards", "[]"), type=tuple[str, ...])
    listed = {one for made in kept.payments for one in made.awards}
    amounts: list[int] = []
    for entity in awards:
        found = kept.applications.get(entity)
        if found is None or found.stage not in (Stage.APPROVED, Stage.PAID):
            raise MoveIllegal(f"'{entity}' is not approved; leave it out of the list.")
        if entity in listed:
            raise MoveIllegal(f"'{entity}' stands in a payment list already.")
        amounts.append(found.holds_fen)
    total = sum(amounts)
    if not awards or total != _whole(action.settings, "total_fen", most=AMOUNT_MAX):
        raise MoveIllegal(
            f"the awards come to {total} fen, not to what the list says; make it anew."
        )
    made = PaymentList(
        name,
        action.settings.get("root", ""),
        awards,
        total,
        action.by,
        action.second,
        action.at,
        tuple(amounts),
        action.settings.get("secret", ""),
    )
    return replace(kept, payments=(*kept.payments, made)[-LISTS_KEPT:])


def _whole(told: Mapping[str, str], name: str, *, most: int) -> int:
    """A whole number of fen.

    Raises MoveIllegal.
    """
    text = told.get(name, "")
    if not text.isdecimal() or int(text) > most:
        raise MoveIllegal(f"{name} is '{text}'; it must be whole fen, 0 to {most}.")
    return int(text)
