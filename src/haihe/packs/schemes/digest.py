"""推送: one digest per enterprise and period, in its words, with what to bring; sent once."""

from collections.abc import Iterable
from typing import Final

import msgspec

from haihe.decide.grants.digest import Line, in_one, is_news, lines_of
from haihe.decide.grants.ending import Ahead
from haihe.decide.grants.enterprise import Purpose
from haihe.decide.grants.folding import TOLD
from haihe.decide.grants.kept import Grants
from haihe.decide.grants.standing import stand
from haihe.decide.grants.weekly import WEEKLY, part_of
from haihe.decide.workday import day_of
from haihe.model import DAY, Case, Decision, Order, Settled, Text
from haihe.pack import View, office_of
from haihe.packs.schemes.steps import ENTERPRISE
from haihe.packs.schemes.streams import NAME

AT_ONCE: Final = 200  # Of one decision, which then takes some tenths of a second.
WITHIN: Final = 2 * DAY  # Ours: how long a digest may take to go out.
TITLE: Final = Text(zh="政策速递", en="What you may have")
_encoder: Final = msgspec.json.Encoder(order="deterministic")


def tell_everybody(case: Case, view: View) -> Decision:
    """A digest for every enterprise that wants one and has something in it.

    A round that began by itself tells those alone for whom something is new since their last one.
    case: of ``digest``; the entity is the period, such as ``digest/2026-W47``.
    view: gives the ledger and what was sent already.
    """
    office = office_of(view)
    orders = office.orders(case.id)
    grants: Grants = office.ledger(NAME)
    is_weekly = case.entity.startswith(WEEKLY)
    codes: Iterable[str] = part_of(grants.kept, case.entity) if is_weekly else grants.kept.files
    day = day_of(view.now)
    standing, ahead = stand(grants, day=day), Ahead(grants, day=day)
    had = {one.order.entity for one in orders}
    fresh: list[Order] = []
    for code in codes:
        entity = f"enterprise/{code}"
        if entity in had or not grants.kept.files[code].agreed(Purpose.DIGEST):
            continue
        if len(fresh) >= AT_ONCE:
            break
        lines = lines_of(standing, ahead, grants=grants, code=code)
        told = grants.kept.told.get(code, {})
        if any(is_news(one, told) for one in lines) if is_weekly else lines:
            fresh.append(_order(entity, lines, told=told if is_weekly else None))
    total = len(orders) + len(fresh)
    under_way = tuple(one.order for one in orders if not one.is_settled)
    why = Text(
        zh=f"本期（1 轮）向 {total} 家企业各发 1 份政策速递",
        en=f"1 round: {total} enterprises get 1 digest each",
    )
    return Decision(orders=(*under_way, *fresh), why=why)


def _order(entity: str, lines: tuple[Line, ...], *, told: dict[str, int] | None) -> Order:
    words = in_one(lines, told=told)
    said = _encoder.encode({one.key: one.fen for one in lines}).decode()
    return Order(
        action="digest",
        entity=entity,
        assignee=ENTERPRISE,
        due_in=WITHIN,
        title=TITLE,
        settled=Settled.BY_RECEIPT,
        parameters={"zh": words.zh, "en": words.en, TOLD: said},
    )
