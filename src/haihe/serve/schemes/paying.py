"""Pools and payment lists: what is left, what is paid, and the proof of one award alone."""

import asyncio
import secrets
from typing import Final

import msgspec
import numpy as np

from haihe.decide.grants.agreeing import awards_of, standing_for
from haihe.decide.grants.application import Application, Stage
from haihe.decide.grants.kept import PaymentList
from haihe.decide.grants.money import state_of
from haihe.log.listing import SALT_BYTES, Listing, listing, salt_of
from haihe.model.line import Verb
from haihe.model.record import Rows
from haihe.run.appending import Arrival
from haihe.serve.acting import Doing, do, person_of
from haihe.serve.calling import Asked, Reply
from haihe.serve.kinds import Nothing
from haihe.serve.owning import note_read
from haihe.serve.problem import Problem, conflict, unknown
from haihe.serve.schemes.agreeing import check_word, proposal_of
from haihe.serve.schemes.asking import PaymentBody, PaymentMove, PoolBody, ProofQuery
from haihe.serve.schemes.current import Now, library_told, now_of
from haihe.serve.schemes.shown import (
    PaymentProposed,
    PaymentShown,
    PaymentsShown,
    PoolsShown,
)
from haihe.serve.schemes.shown_awards import AwardProof, AwardShown

AWARDS_MAX: Final = 5_000  # Ours: of one list; what is left goes into the next.
FORMAT: Final = "haihe award 1"
_encoder: Final = msgspec.json.Encoder(order="deterministic")


async def list_pools(asked: Asked[Nothing, None]) -> PoolsShown:
    """All pools and what became of them."""
    now = await now_of(asked)
    return _pools(now)


async def set_pool(asked: Asked[Nothing, PoolBody]) -> PoolsShown:
    """Say how much money a scheme has in a year; all pools afterwards."""
    now, body, scheme = await now_of(asked), asked.body, asked.path["scheme"]
    library = await asyncio.to_thread(library_told, now)
    if all(one.name != scheme for one in library.schemes):
        raise unknown(
            f"no scheme '{scheme}' is in force or in shadow.",
            what_to_do="GET /schemes lists those in force; put its book into shadow first.",
        )
    name = f"{scheme}/{asked.path['year']}"
    doing = Doing(
        Verb.TELL,
        f"{now.pack} pool/{name}",
        reason=body.reason,
        settings=(("limit_fen", str(body.limit_fen)),),
    )
    await do(asked.platform, doing, by=person_of(asked.caller, body.by))
    return _pools(await now_of(asked))


async def list_payments(asked: Asked[Nothing, None]) -> PaymentsShown:
    """Payment lists, the newest first, and those that wait for a second person."""
    now = await now_of(asked)
    return PaymentsShown(
        tuple(_shown(one) for one in reversed(now.grants.kept.payments)),
        tuple(
            _waiting(now, what.partition("/")[2])
            for what in now.grants.kept.proposals
            if what.startswith("payments/") and proposal_of(now, what) is not None
        ),
    )


async def propose_payments(asked: Asked[Nothing, PaymentBody]) -> Reply:
    """Propose a list of all that is approved and stands in no list yet, made or proposed."""
    now, body, platform = await now_of(asked), asked.body, asked.platform
    what = f"payments/{body.payment}"
    check_word(asked, now, what=what, move="propose")
    kept = now.grants.kept
    listed = {one for made in kept.payments for one in made.awards}
    for name in kept.proposals:
        if standing_for(kept, name, now=now.at) is not None:
            listed |= awards_of(kept.proposals[name].settings)
    awards = [
        one
        for one in kept.applications.values()
        if one.stage in (Stage.APPROVED, Stage.PAID) and one.id not in listed and one.holds_fen
    ][:AWARDS_MAX]
    if not awards:
        raise conflict("nothing is approved that stands in no list yet.")
    secret = secrets.token_bytes(SALT_BYTES)
    tree = await asyncio.to_thread(_tree, body.payment, awards, secret=secret)
    settings = (
        ("move", "propose"),
        ("root", tree.root.hex()),
        ("secret", secret.hex()),
        ("awards", _encoder.encode([one.id for one in awards]).decode()),
        ("total_fen", str(sum(one.holds_fen for one in awards))),
    )
    doing = Doing(Verb.TELL, f"{now.pack} {what}", reason=body.reason, settings=settings)
    await do(platform, doing, by=person_of(asked.caller, body.by))
    return Reply(_waiting(await now_of(asked), body.payment), 201)


async def move_payments(asked: Asked[Nothing, PaymentMove]) -> PaymentsShown:
    """Agree to a proposed list, which signs it into the log, or decline it; all lists then."""
    now, body, platform = await now_of(asked), asked.body, asked.platform
    name = asked.path["payment"]
    what = f"payments/{name}"
    check_word(asked, now, what=what, move=body.move, sha256=body.sha256)
    doing = Doing(
        Verb.TELL,
        f"{now.pack} {what}",
        reason=body.reason,
        settings=(("move", body.move),),
        sha256=body.sha256,
    )
    await do(platform, doing, by=person_of(asked.caller, body.by))
    if body.move == "agree":
        kept = (now := await now_of(asked)).grants.kept
        awards = [kept.applications[one] for one in _find(now, name).awards]
        rows = _rows(f"{now.pack}.award", awards, at=platform.moments.next(), payment=name)
        await platform.answers.of(platform.node.submit(Arrival(rows)))
    return await list_payments(asked)  # type: ignore[arg-type]  # It looks at no body.


async def prove_payment(asked: Asked[ProofQuery, None]) -> AwardProof:
    """The proof that one award is on a list, without the others; checked offline."""
    now, platform = await now_of(asked), asked.platform
    made = _find(now, asked.path["payment"])
    name = asked.query.application
    entity = name if name.startswith("application/") else f"application/{name}"
    application = now.grants.kept.applications.get(entity)
    is_mine = application is not None and asked.caller.owner in ("", application.enterprise)
    if entity not in made.awards or application is None or not is_mine:
        raise unknown(f"'{name}' is not on list '{made.id}'.")
    sign = platform.settings.services.sign
    if sign is None:
        raise Problem(
            501,
            "no-key",
            message="this server has no signing key for the log, so it proves nothing.",
            what_to_do="Start it with 'haihe up', which makes one.",
        )
    await note_read(asked, subject=f"proof of {entity}", entities=[entity])
    secret, amounts = bytes.fromhex(made.secret), dict(zip(made.awards, made.amounts, strict=True))
    every = [now.grants.kept.applications.get(one) for one in made.awards]
    known = [one for one in every if one is not None]
    if len(known) < len(every):
        raise conflict(f"list '{made.id}' is older than what is kept; prove it from the log.")
    at = made.awards.index(entity)

    def look() -> tuple[Listing, bytes]:
        lines = [
            _line(made.id, one, amount_fen=amounts[one.id], salt=salt_of(secret, one.id))
            for one in known
        ]
        return listing(lines), lines[at]

    tree, line = await asyncio.to_thread(look)
    if tree.root.hex() != made.root:
        raise conflict(f"list '{made.id}' does not come to its root any more; audit the log.")
    return AwardProof(
        format=FORMAT,
        award=msgspec.json.decode(line, type=AwardShown),
        leaf=line.decode(),
        index=at,
        size=tree.size,
        root=tree.root.hex(),
        path=tuple(one.hex() for one in tree.proof(at)),
        note=sign(tree.size, tree.root, f"{FORMAT} {made.id}"),
    )


def _tree(name: str, awards: list[Application], *, secret: bytes) -> Listing:
    return listing(
        [_line(name, one, amount_fen=one.holds_fen, salt=salt_of(secret, one.id)) for one in awards]
    )


def _line(name: str, application: Application, *, amount_fen: int, salt: str) -> bytes:
    """The leaf of one award: the same bytes for the same award."""
    return _encoder.encode(
        AwardShown(
            payment=name,
            application=application.id,
            enterprise=application.enterprise,
            scheme=application.scheme,
            year=application.year,
            amount_fen=amount_fen,
            salt=salt,
        )
    )


def _rows(stream: str, awards: list[Application], *, at: int, payment: str) -> Rows:
    """The awards as records; ``at`` in ns."""
    texts = {
        "payment": [payment] * len(awards),
        "enterprise": [one.enterprise for one in awards],
        "scheme": [one.scheme for one in awards],
    }
    return Rows(
        stream=stream,
        ids=tuple(one.id for one in awards),
        codes=np.arange(len(awards), dtype=np.int32),
        observed_at=np.full(len(awards), at, dtype=np.int64),
        numbers={"amount_fen": np.array([float(one.holds_fen) for one in awards])},
        texts={name: np.array(column, dtype=object) for name, column in texts.items()},
    )


def _find(now: Now, name: str) -> PaymentList:
    """A payment list.

    Raises Problem if there is none.
    """
    for one in now.grants.kept.payments:
        if one.id == name:
            return one
    raise unknown(f"there is no payment list '{name}'.")


def _waiting(now: Now, name: str) -> PaymentProposed:
    """A proposed list.

    Raises Problem if it is proposed no more.
    """
    what = f"payments/{name}"
    proposal = proposal_of(now, what)
    if proposal is None:
        raise conflict(f"'{what}' is proposed no more; look at the lists again.")
    told = now.grants.kept.proposals[what].settings
    return PaymentProposed(
        name, told["root"], len(awards_of(told)), int(told["total_fen"]), proposal
    )


def _shown(made: PaymentList) -> PaymentShown:
    return PaymentShown(
        made.id, made.root, len(made.awards), made.total_fen, made.by, made.second, made.at
    )


def _pools(now: Now) -> PoolsShown:
    applications = tuple(now.grants.kept.applications.values())
    return PoolsShown(tuple(state_of(one, applications) for one in now.grants.kept.pools.values()))
