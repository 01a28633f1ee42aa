"""推送: one digest per enterprise and period, in its words, with what to bring; sent once."""

from typing import Final

from haihe.decide.grants.digest import digest_of
from haihe.decide.grants.enterprise import Purpose
from haihe.decide.grants.kept import Grants
from haihe.decide.grants.standing import stand
from haihe.decide.workday import day_of
from haihe.model import DAY, Case, Decision, Order, Settled, Text
from haihe.pack import View, office_of
from haihe.packs.schemes.steps import ENTERPRISE
from haihe.packs.schemes.streams import NAME

AT_ONCE: Final = 200  # Of one decision, which then takes some tenths of a second.
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
