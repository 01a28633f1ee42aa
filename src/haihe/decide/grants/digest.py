"""政策速递: what one enterprise is told, in its words, with what to bring."""

from typing import Final

from haihe.decide.grants.kept import Grants
from haihe.decide.grants.standing import Standing
from haihe.decide.grants.telling import Offer, offers
from haihe.decide.grants.wording import in_english, money, told_in_words, unmet
from haihe.decide.scheme.explain import Verdict
from haihe.model.text import Text

TOLD_MAX: Final = 12  # Ours: schemes in one digest; more is not read.


def digest_of(standing: Standing, grants: Grants, *, code: str) -> Text | None:
    """What is told to one enterprise; None if there is nothing to tell.

    standing: as of now.
    Raises LookupError if there is no such enterprise.
    """
    if not standing.files[code].facts:
        return None  # Of whom nothing is known, nothing can be said.
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
