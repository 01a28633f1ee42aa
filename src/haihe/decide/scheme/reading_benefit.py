"""Benefits from YAML: sums, shares, tiers, limits, stages and purses."""

from typing import Final

from haihe.decide.scheme.benefit import needs_amount, needs_money, needs_number
from haihe.decide.scheme.clause import (
    AwardShare,
    Benefit,
    Constant,
    Fixed,
    Highest,
    Named,
    Part,
    PerUnit,
    Portion,
    Rounding,
    Share,
    Tier,
    Tiers,
    Total,
    Way,
)
from haihe.decide.scheme.facts import FactSchema
from haihe.decide.scheme.quantity import MILLION, SHARE_MAX, parse_money, parse_share
from haihe.decide.scheme.reading_need import read_need
from haihe.decide.scheme.spots import Spot, read_span, title_of

NO_BENEFIT: Final = Benefit(discretionary=True)
FORMULAS: Final = "amount share of of_award each tiers total highest"
PART: Final = f"{FORMULAS} up_to when"
WHOLE: Final = "discretionary rounding stages purses source"


def read_benefit(spot: Spot, schema: FactSchema) -> Benefit:
    """What an eligible enterprise gets.

    Raises Wrong if it cannot be told, is negative, or portions do not add up.
    """
    parts = spot.parts("", f"{PART} {WHOLE}")
    discretionary = "discretionary" in parts and parts["discretionary"].truth()
    up_to = _money(parts["up_to"]) if "up_to" in parts else None
    has_formula = any(name in parts for name in FORMULAS.split())
    if discretionary and has_formula:
        raise spot.wrong("discretionary (一事一议) is never computed; leave the formula out.")
    if not discretionary and not has_formula and up_to is None:
        raise spot.wrong(f"nothing says how much; give one of {FORMULAS}, up_to, discretionary.")
    return Benefit(
        amount=_part(spot, parts, schema=schema) if has_formula else None,
        up_to=None if has_formula else up_to,
        discretionary=discretionary,
        rounding=_rounding(parts["rounding"]) if "rounding" in parts else Rounding(),
        stages=_portions(parts["stages"]) if "stages" in parts else (),
        purses=_portions(parts["purses"]) if "purses" in parts else (),
        source=read_span(parts["source"]) if "source" in parts else None,
        line=spot.line,
    )


def _part(spot: Spot, parts: dict[str, Spot], *, schema: FactSchema) -> Part:
    return Part(
        formula=_formula(spot, parts, schema=schema),
        up_to=_money(parts["up_to"]) if "up_to" in parts else None,
        when=read_need(parts["when"], schema) if "when" in parts else None,
    )


def _formula(
    spot: Spot, parts: dict[str, Spot], *, schema: FactSchema
) -> Fixed | Share | PerUnit | AwardShare | Tiers | Total | Highest:
    names = frozenset(parts) & frozenset(FORMULAS.split())
    if names == {"amount"}:
        return Fixed(_money(parts["amount"]))
    if names == {"share", "of"}:
        name = parts["of"].take(lambda text: needs_money(schema[text]).name)
        return Share(_share(parts["share"]), name)
    if names == {"share", "of_award"}:
        return AwardShare(_share(parts["share"]), parts["of_award"].text())
    if names == {"each", "of"}:
        name = parts["of"].take(lambda text: needs_number(schema[text]).name)
        return PerUnit(_money(parts["each"]), name)
    if names == {"tiers"}:
        return _tiers(parts["tiers"], schema)
    for kind, make in (("total", Total), ("highest", Highest)):
        if names == {kind}:
            inner = [(one, one.parts("", PART)) for one in parts[kind].items()]
            return make(tuple(_part(one, told, schema=schema) for one, told in inner))
    bare = names & {"share", "each"}
    if bare and len(names) == 1:
        raise spot.wrong(f"'{min(bare)}' of what? Add 'of:' with the fact that it is a part of.")
    raise spot.wrong(
        f"'{', '.join(sorted(names))}' is no formula; give amount, share+of, share+of_award, "
        "each+of, tiers, total or highest."
    )


def _tiers(spot: Spot, schema: FactSchema) -> Tiers:
    parts = spot.parts("of steps", "progressive")
    fact = parts["of"].take(lambda text: needs_amount(schema[text]))
    steps = []
    for one in parts["steps"].items():
        told = one.parts("from", "share amount")
        if len(told) == 1:
            raise one.wrong("a tier needs a share or an amount.")
        plain = told["from"].is_plain
        begins = told["from"].take(fact.encode) if plain else _named(told["from"])
        share = _share(told["share"]) if "share" in told else None
        amount = _money(told["amount"]) if "amount" in told else None
        steps.append(Tier(begins, share, amount))
    progressive = "progressive" in parts and parts["progressive"].truth()
    return Tiers(fact.name, tuple(steps), progressive)


def _money(spot: Spot) -> Constant:
    if not spot.is_plain:
        return _named(spot)
    fen = spot.take(parse_money)
    if fen < 0:
        raise spot.wrong(f"'{spot.text()}' is less than nothing; give 0 or more.")
    return fen


def _share(spot: Spot) -> Constant:
    if not spot.is_plain:
        return _named(spot)
    share = spot.take(parse_share)
    if not 0 <= share <= SHARE_MAX:
        raise spot.wrong(f"'{spot.text()}' is no share to pay; give 0% to 100000%.")
    return share


def _named(spot: Spot) -> Named:
    return Named(spot.parts("parameter")["parameter"].text())


def _rounding(spot: Spot) -> Rounding:
    parts = spot.parts("to", "way")
    to = parts["to"].take(parse_money)
    if to <= 0:
        raise spot.wrong(f"awards cannot be rounded to {to} fen; give 1分 or more.")
    way = Way.HALF_UP
    if "way" in parts:
        way = parts["way"].take(Way)
    return Rounding(to, way)


def _portions(spot: Spot) -> tuple[Portion, ...]:
    found = []
    for one in spot.items():
        parts = one.parts("id share", "zh en")
        name = parts["id"].text()
        found.append(Portion(name, title_of(parts, name), parts["share"].take(parse_share)))
    total = sum(one.share for one in found)
    if total != MILLION or any(one.share < 0 for one in found):
        raise spot.wrong(f"the shares add up to {total / 10_000:g}%; make it 100%, none negative.")
    return tuple(found)
