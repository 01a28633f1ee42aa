"""推送: one digest per enterprise and period, in its words, with what to bring; sent once."""

from typing import Final

from haihe.decide.grants.enterprise import Purpose
from haihe.decide.grants.kept import Grants
from haihe.decide.grants.standing import Standing, stand
from haihe.decide.grants.telling import Offer, offers
from haihe.decide.scheme import Verdict
from haihe.decide.workday import day_of
from haihe.model import DAY, Case, Decision, Order, Settled, Text
from haihe.pack import View, office_of
from haihe.packs.schemes.steps import ENTERPRISE
from haihe.packs.schemes.streams import NAME
from haihe.packs.schemes.wording import in_english, money, told_in_words, unmet

AT_ONCE: Final = 500  # Of one decision; the rest follows when these are delivered.
TOLD_MAX: Final = 12  # Ours: schemes in one digest; more is not read.
WITHIN: Final = 2 * DAY  # Ours: how long a digest may take to go out.
TITLE: Final = Text(zh="政策速递", en="What you may have")


def tell_everybody(case: Case, view: View) -> Decision:
    """A digest for every enterprise that wants one and has something in it.

    case: of ``digest``; the entity is the period, such as ``digest/2026-W47``.
    view: gives the ledger and what was sent already.
    """
    office = office_of(view)
    orders = office.orders(case.id)
    grants: Grants = office.ledger(NAME)
    standing = stand(grants, day=day_of(view.now))
    had = {one.order.entity for one in orders}
    fresh: list[Order] = []
    for code, file in grants.kept.files.items():
        entity = f"enterprise/{code}"
        if entity in had or not file.agreed(Purpose.DIGEST):
            continue
        if len(fresh) >= AT_ONCE:
            break
        words = digest_of(standing, grants, code=code)
        if words is not None:
            fresh.append(_order(entity, words))
    total = len(orders) + len(fresh)
    under_way = tuple(one.order for one in orders if not one.is_settled)
    why = Text(
        zh=f"本期（1 轮）向 {total} 家企业各发 1 份政策速递",
        en=f"1 round: {total} enterprises get 1 digest each",
    )
    return Decision(orders=(*under_way, *fresh), why=why)


def digest_of(standing: Standing, grants: Grants, *, code: str) -> Text | None:
    """What is told to one enterprise; None if there is nothing to tell.

    standing: as of now.
    Raises LookupError if there is no such enterprise.
    """
    mine = [one for one in grants.kept.applications.values() if one.enterprise == code]
    lines = [
        line
        for offer in offers(standing, code, applications=mine)
        if (line := _line(offer)) is not None
    ][:TOLD_MAX]
    if not lines:
        return None
    return Text(zh="\n".join(one.zh for one in lines), en="\n".join(one.en for one in lines))


def _line(offer: Offer) -> Text | None:
    """One scheme in the digest; None where there is nothing to say of it."""
    title, why = offer.scheme.title, offer.why
    if offer.is_open or offer.is_done:
        return None
    if why.verdict is Verdict.ELIGIBLE:
        return _now(offer)
    lacking = unmet(why)
    if offer.near is not None:
        told = told_in_words(lacking[0])
        return Text(zh=f"差一点：{title.zh}——{told.zh}", en=f"nearly: {title.en} - {told.en}")
    if why.verdict is Verdict.UNKNOWN:
        missing = dict.fromkeys(name for told in lacking for name in told.missing)
        words = told_in_words(lacking[0])
        return Text(
            zh=f"待补数据：{title.zh}——{words.zh}",
            en=in_english(f"once we know {', '.join(missing)}: {title.en}"),
        )
    return None


def _now(offer: Offer) -> Text:
    title, why = offer.scheme.title, offer.why
    if why.amount_fen is not None:
        amount = money(why.amount_fen)
        zh, en = f"可得{amount.zh}", f"{amount.en}"
    elif why.up_to_fen is not None:
        amount = money(why.up_to_fen)
        zh, en = f"最高{amount.zh}", f"up to {amount.en}"
    else:
        zh, en = "金额一事一议", "amount negotiated"
    if offer.is_ready:
        return Text(
            zh=f"可享：{title.zh}，{zh}；申请已备好，确认即可",
            en=f"now: {title.en}, {en}; the application is ready, only confirm it",
        )
    papers_zh = "、".join(one.title.zh for one in offer.bring) or "无需再交材料"
    papers_en = ", ".join(one.title.en or one.name for one in offer.bring) or "nothing"
    return Text(
        zh=f"可享：{title.zh}，{zh}；请备：{papers_zh}",
        en=f"now: {title.en}, {en}; bring: {papers_en}",
    )


def _order(entity: str, words: Text) -> Order:
    return Order(
        action="digest",
        entity=entity,
        assignee=ENTERPRISE,
        due_in=WITHIN,
        title=TITLE,
        settled=Settled.BY_RECEIPT,
        parameters={"zh": words.zh, "en": words.en},
    )
