"""政策速递: what one enterprise is told, with what to bring; what ends soon comes first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from haihe.decide.grants.ending import Ahead
from haihe.decide.grants.kept import Grants
from haihe.decide.grants.paper import ending
from haihe.decide.grants.standing import Standing
from haihe.decide.grants.telling import Offer, offers
from haihe.decide.grants.wording import told_in_words, unmet
from haihe.decide.scheme.clause import Paper
from haihe.decide.scheme.explain import Verdict
from haihe.decide.scheme.quantity import format_day, say_money
from haihe.model.text import Text

TOLD_MAX: Final = 12  # Ours: schemes in one digest; more is not read.
# Ours: an amount is news again from a fifth on; what is metered grows a little every week.
NEWS_FROM: Final = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a digest.

    key: what it is about; the same again is no news. fen: the amount it names; 0 for none.
    """

    key: str
    words: Text
    fen: int = 0


def digest_of(standing: Standing, grants: Grants, *, code: str) -> Text | None:
    """What is told to one enterprise; None if there is nothing to tell.

    standing: as of now.
    Raises LookupError if there is no such enterprise.
    """
    lines = lines_of(standing, Ahead(grants, day=standing.day), grants=grants, code=code)
    return in_one(lines) if lines else None


def lines_of(standing: Standing, ahead: Ahead, *, grants: Grants, code: str) -> tuple[Line, ...]:
    """What is told to one enterprise, line by line; () if there is nothing to tell.

    standing, ahead: of the same day.
    Raises LookupError if there is no such enterprise.
    """
    if not standing.files[code].facts:
        return ()  # Of whom nothing is known, nothing can be said.
    mine = [one for one in grants.kept.applications.values() if one.enterprise == code]
    near = offers(standing, code, applications=mine, hopeless=False)
    told = [one for one in near if not _is_taken(one)]
    may_have = [one.scheme.name for one in told if one.why.verdict is Verdict.ELIGIBLE]
    last_days = ahead.last_days(code, may_have)
    soon = sorted(
        (one for one in told if one.scheme.name in last_days),
        key=lambda one: last_days[one.scheme.name],
    )
    rest = [one for one in told if one.scheme.name not in last_days]
    lines = [
        *(_ending(one, last_days[one.scheme.name], ahead=ahead) for one in soon),
        *_papers(standing, ahead, code=code),
        *(line for one in rest if (line := _line(one)) is not None),
    ]
    return tuple(lines[:TOLD_MAX])


def is_news(line: Line, told: Mapping[str, int]) -> bool:
    """Whether a line says what the last digest did not.

    told: key to fen, of that digest.
    """
    before = told.get(line.key)
    return before is None or abs(line.fen - before) * NEWS_FROM > before


def in_one(lines: Sequence[Line], *, told: Mapping[str, int] | None = None) -> Text:
    """The digest as one text.

    told: of the last one, so that what is news is marked where not all of it is; None marks none.
    """
    news = [told is not None and is_news(one, told) for one in lines]
    marks = news if not all(news) else [False] * len(news)
    return Text(
        zh="\n".join(
            ("【新】" if mark else "") + one.words.zh
            for one, mark in zip(lines, marks, strict=True)
        ),
        en="\n".join(
            ("new - " if mark else "") + one.words.en
            for one, mark in zip(lines, marks, strict=True)
        ),
    )


def _is_taken(offer: Offer) -> bool:
    return offer.is_open or offer.is_done


def _papers(standing: Standing, ahead: Ahead, *, code: str) -> Iterator[Line]:
    """Papers that end soon or have ended, and that a scheme asks for."""
    asked = papers_asked(standing)
    for one in ending(standing.files[code].papers, day=standing.day):
        wanted = asked.get(one.name)
        if wanted is None or one.valid_to is None:
            continue
        day, en = format_day(one.valid_to), wanted.title.en or wanted.name
        key = f"paper {one.name} {day}"
        if one.valid_to < standing.day:
            zh = f"材料已过期：{wanted.title.zh}（{day}），请提交新的"
            yield Line(f"{key} over", Text(zh=zh, en=f"paper ended: {en} ({day}); file a new one"))
            continue
        left = ahead.workdays_to(one.valid_to)
        yield Line(
            key,
            Text(
                zh=f"材料将到期：{wanted.title.zh}，{day}（还有{left}个工作日），请提前更新",
                en=f"paper ends: {en} on {day} ({left} working days left); renew it before",
            ),
        )


def papers_asked(standing: Standing) -> dict[str, Paper]:
    """Every paper that a scheme in force asks for, by its name."""
    found: dict[str, Paper] = {}
    for scheme in standing.book.schemes:
        version = scheme.version_on(standing.day)
        for one in () if version is None else version.papers:
            found.setdefault(one.name, one)
    return found


def _ending(offer: Offer, last_day: int, *, ahead: Ahead) -> Line:
    """A scheme that it may have for some days only."""
    said, left = _now(offer), ahead.workdays_to(last_day)
    day = format_day(last_day)
    return Line(
        f"{offer.scheme.name} until {day}",
        Text(
            zh=f"抓紧：{day}止（还有{left}个工作日）——{said.words.zh}",
            en=f"soon over, last day {day} ({left} working days left) - {said.words.en}",
        ),
        said.fen,
    )


def _line(offer: Offer) -> Line | None:
    """One scheme in the digest; None where there is nothing to say of it."""
    name, title, why = offer.scheme.name, offer.scheme.title, offer.why
    if why.verdict is Verdict.ELIGIBLE:
        return _now(offer)
    lacking = unmet(why)
    if offer.near is not None:
        told = told_in_words(lacking[0])
        words = Text(zh=f"差一点：{title.zh}——{told.zh}", en=f"nearly: {title.en} - {told.en}")
        return Line(f"{name} near {offer.near.condition}", words)
    if why.verdict is Verdict.UNKNOWN:
        missing = dict.fromkeys(name for told in lacking for name in told.missing)
        told = told_in_words(lacking[0])
        words = Text(
            zh=f"待补数据：{title.zh}——{told.zh}", en=f"once we know: {title.en} - {told.en}"
        )
        return Line(f"{name} unknown {' '.join(missing)}", words)
    return None


def _now(offer: Offer) -> Line:
    title, why = offer.scheme.title, offer.why
    fen = why.amount_fen if why.amount_fen is not None else why.up_to_fen
    if why.amount_fen is not None:
        amount = say_money(why.amount_fen)
        zh, en = f"可得{amount.zh}", f"{amount.en}"
    elif why.up_to_fen is not None:
        amount = say_money(why.up_to_fen)
        zh, en = f"最高{amount.zh}", f"up to {amount.en}"
    else:
        zh, en = "金额一事一议", "amount negotiated"
    if offer.is_ready:
        words = Text(
            zh=f"可享：{title.zh}，{zh}；申请已备好，确认即可",
            en=f"now: {title.en}, {en}; the application is ready, only confirm it",
        )
        return Line(f"{offer.scheme.name} now", words, fen or 0)
    papers_zh = "、".join(one.title.zh for one in offer.bring) or "无需再交材料"
    papers_en = ", ".join(one.title.en or one.name for one in offer.bring) or "nothing"
    words = Text(
        zh=f"可享：{title.zh}，{zh}；请备：{papers_zh}",
        en=f"now: {title.en}, {en}; bring: {papers_en}",
    )
    return Line(f"{offer.scheme.name} now", words, fen or 0)
