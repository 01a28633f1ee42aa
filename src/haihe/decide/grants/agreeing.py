"""两人同意: one proposes that a book goes live or a list is paid, another agrees to just that.

What is agreed to is what was shown: an agreement brings its hash. The move ``live`` and a payment
list with a ``second`` are how older logs say it in one line; both still replay.
"""

import hashlib
from typing import Final

import msgspec
from msgspec.structs import replace

from haihe.decide.grants.acting import asked_of, with_payments
from haihe.decide.grants.kept import PROPOSALS_KEPT, Kept, Proposed
from haihe.decide.grants.register import BookState, BookVersion, check_live, moved
from haihe.errors import MoveIllegal
from haihe.model.line import Action
from haihe.model.time import DAY, format_instant

PROPOSE, AGREE, DECLINE = "propose", "agree", "decline"
MOVES: Final = frozenset({PROPOSE, AGREE, DECLINE})
STANDS: Final = 3 * DAY  # Ours, as promotions: over a weekend; what was seen then is still fresh.
_encoder: Final = msgspec.json.Encoder(order="deterministic")


def book_sha256(name: str, version: BookVersion) -> str:
    """What of a book somebody agrees to: its text and what it cites; hex."""
    return text_sha256(name, version.text, documents=version.documents)


def text_sha256(name: str, text: str, *, documents: dict[str, str]) -> str:
    """The same of a text that is to be a book's version; hex."""
    return _sha256([name, text, documents])


def payments_sha256(name: str, settings: dict[str, str]) -> str:
    """What of a payment list somebody agrees to: its root, its awards and what they come to."""
    return _sha256([name, *(settings.get(one, "") for one in ("root", "awards", "total_fen"))])


def _sha256(parts: list[object]) -> str:
    return hashlib.sha256(_encoder.encode(parts)).hexdigest()


def consented(kept: Kept, what: str, *, action: Action, today: int) -> Kept:
    """After somebody proposed, agreed to, or declined what needs two people.

    what: ``book/NAME`` or ``payments/NAME``. today: since 1970.
    Raises MoveIllegal if it may not be.
    """
    if action.settings["move"] == PROPOSE:
        return _proposed(kept, what, action=action, today=today)
    proposal = kept.proposals.get(what)
    if proposal is None:
        raise MoveIllegal(f"nothing is proposed for '{what}'; look at it again.")
    if action.settings["move"] == AGREE:
        return _agreed(kept, what, action=action, proposal=proposal, today=today)
    if not action.reason.strip():
        raise MoveIllegal(f"declining '{what}' needs a reason; say it in 'reason'.")
    return without(kept, what)


def standing_for(kept: Kept, what: str, *, now: int) -> Proposed | None:
    """What is proposed and can still be agreed to; ``now`` in ns."""
    proposal = kept.proposals.get(what)
    return proposal if proposal is not None and now < proposal.until else None


def without(kept: Kept, what: str) -> Kept:
    """With nothing proposed for it."""
    if what not in kept.proposals:
        return kept
    return replace(
        kept, proposals={name: one for name, one in kept.proposals.items() if name != what}
    )


def still_as_shown(kept: Kept, name: str) -> Kept:
    """After a book was moved: what was proposed for it stands only while it is what runs in shadow.

    name: of the book.
    """
    what = f"book/{name}"
    proposal, book = kept.proposals.get(what), kept.books.get(name)
    version = None if book is None else book.in_state(BookState.SHADOW)
    is_same = (
        proposal is not None
        and version is not None
        and (proposal.sha256 == book_sha256(name, version))
    )
    return kept if is_same else without(kept, what)


def _proposed(kept: Kept, what: str, *, action: Action, today: int) -> Kept:
    kind, _, name = what.partition("/")
    standing = standing_for(kept, what, now=action.at)
    if standing is not None:
        raise MoveIllegal(
            f"{standing.by} proposed '{what}' already; agree to it or decline it first."
        )
    if not action.reason.strip():
        raise MoveIllegal(f"proposing '{what}' needs a reason; say it in 'reason'.")
    settings = {one: told for one, told in action.settings.items() if one != "move"}
    if kind == "book":
        sha256 = book_sha256(name, check_live(kept.books, name, day=today))
    else:
        _check_free(kept, what, settings=settings, now=action.at)
        # Tried now, so that nobody agrees to what cannot be; done when somebody does.
        with_payments(kept, name, action=_as_one(action, settings, by=action.by, second="?"))
        sha256 = payments_sha256(name, settings)
    proposal = Proposed(
        sha256, action.by, action.reason, action.at, action.at + STANDS, settings=settings
    )
    fresh = {one: made for one, made in kept.proposals.items() if made.until > action.at}
    if len(fresh) >= PROPOSALS_KEPT:
        raise MoveIllegal(f"{len(fresh)} proposals wait for a second person; settle them first.")
    return replace(kept, proposals={**fresh, what: proposal})


def _check_free(kept: Kept, what: str, *, settings: dict[str, str], now: int) -> None:
    """Refuse a list that shares an award with one that is proposed.

    Raises MoveIllegal.
    """
    asked = awards_of(settings)
    for other, one in kept.proposals.items():
        shared = asked & awards_of(one.settings) if one.until > now and other != what else set()
        if shared:
            raise MoveIllegal(f"'{min(shared)}' stands in '{other}', which is proposed already.")


def awards_of(settings: dict[str, str]) -> set[str]:
    """The applications that a proposed payment list names."""
    return set(msgspec.json.decode(settings.get("awards", "[]"), type=tuple[str, ...]))


def _agreed(kept: Kept, what: str, *, action: Action, proposal: Proposed, today: int) -> Kept:
    kind, _, name = what.partition("/")
    if action.at >= proposal.until:
        ended = format_instant(proposal.until)
        raise MoveIllegal(f"what was proposed for '{what}' ended at {ended}; propose it again.")
    if not action.by.strip() or action.by.strip().casefold() == proposal.by.strip().casefold():
        raise MoveIllegal(f"{proposal.by} proposed '{what}'; another person must agree to it.")
    if action.sha256 != proposal.sha256:
        said = action.sha256[:12] or "nothing"
        raise MoveIllegal(
            f"what was agreed to ({said}) is not what is proposed for '{what}' "
            f"({proposal.sha256[:12]}); look at it again."
        )
    settings = dict(proposal.settings)
    if kind == "book":
        settings["move"] = BookState.LIVE.value
    done = _as_one(action, settings, by=proposal.by, second=action.by)
    done = replace(done, reason=proposal.reason)
    kept = without(kept, what)
    if kind == "book":
        books = moved(kept.books, name, asked=asked_of(done, today=today))
        return replace(kept, books=books)
    return with_payments(kept, name, action=done)


def _as_one(action: Action, settings: dict[str, str], *, by: str, second: str) -> Action:
    """The same as older logs say it: one line of two people."""
    return replace(action, settings=settings, by=by, second=second)
