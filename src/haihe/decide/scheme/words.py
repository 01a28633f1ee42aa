"""Clauses as people say them, and what changed between two versions."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from haihe.decide.scheme.clause import (
    Age,
    AllOf,
    AnyOf,
    AtLeast,
    AwardShare,
    Benefit,
    Bound,
    Constant,
    Eligible,
    Fixed,
    Highest,
    Measure,
    Named,
    Not,
    OneOf,
    Parameter,
    Part,
    PerUnit,
    Ratio,
    Requirement,
    Share,
    Tiers,
    Total,
    Version,
    Within,
)
from haihe.decide.scheme.facts import FactSchema
from haihe.decide.scheme.quantity import (
    DECIMALS_MAX,
    format_day,
    format_money,
    format_scaled,
    format_share,
)
from haihe.model.text import Text

NOTHING = Text(zh="无", en="nothing")


@dataclass(frozen=True, slots=True)
class Change:
    """One clause that differs between two versions.

    clause: "condition revenue", "parameter cap", "benefit", "dates" or "status".
    before, after: in words; NOTHING where it was not, or is no more.
    """

    clause: str
    before: Text
    after: Text


def changes(old: Version, new: Version, *, schema: FactSchema) -> tuple[Change, ...]:
    """What differs, in the order of the old version; what is new comes after it."""
    before, after = dict(_clauses(old, schema)), dict(_clauses(new, schema))
    names = dict.fromkeys((*before, *after))
    told = ((one, before.get(one, NOTHING), after.get(one, NOTHING)) for one in names)
    return tuple(Change(*one) for one in told if one[1] != one[2])


def _clauses(version: Version, schema: FactSchema) -> Iterator[tuple[str, Text]]:
    yield "status", Text(zh=version.status.value, en=version.status.value)
    end = "…" if version.valid_to is None else format_day(version.valid_to)
    dates = f"{format_day(version.valid_from)} – {end}"
    yield "dates", Text(zh=dates, en=dates)
    for parameter in version.parameters:
        steps = _steps(parameter)
        yield f"parameter {parameter.name}", Text(zh=steps, en=steps)
    for condition in version.conditions:
        yield f"condition {condition.name}", say_need(condition.require, schema)
    yield "benefit", say_benefit(version.benefit, schema)


_SHOWN: Mapping[Measure, Callable[[int], str]] = {
    Measure.MONEY: format_money,
    Measure.SHARE: format_share,
    Measure.NUMBER: lambda number: format_scaled(number, DECIMALS_MAX),
    Measure.DATE: format_day,
}


def _steps(parameter: Parameter) -> str:
    show = _SHOWN[parameter.measure]
    return "; ".join(f"{format_day(one.begins)}: {show(one.amount)}" for one in parameter.steps)


def say_need(need: Requirement, schema: FactSchema) -> Text:
    """A requirement in words, with 以上 and 超过 as the law means them."""
    match need:
        case AllOf(parts):
            return _joined(parts, schema, between=Text(zh="，且", en=" and "))
        case AnyOf(parts):
            return _joined(parts, schema, between=Text(zh="，或", en=" or "))
        case AtLeast(count, parts):
            inner = _joined(parts, schema, between=Text(zh="、", en=", "))
            return Text(zh=f"至少{count}项：{inner.zh}", en=f"at least {count} of: {inner.en}")
        case Not(part):
            inner = say_need(part, schema)
            return Text(zh=f"不是（{inner.zh}）", en=f"not ({inner.en})")
        case Eligible(scheme):
            return Text(zh=f"符合 {scheme}", en=f"eligible for {scheme}")
        case OneOf(fact, words):
            title, told = schema[fact].title, " / ".join(words)
            return Text(zh=f"{title.zh}：{told}", en=f"{title.en}: {told}")
        case Ratio(upper, lower, low, high):
            first, second = schema[upper].title, schema[lower].title
            title = Text(zh=f"{first.zh}/{second.zh}", en=f"{first.en} / {second.en}")
            return _range(title, (low, high), show=format_share)
        case Age(name, low, high):
            title = schema[name].title
            aged = Text(zh=f"自{title.zh}起周年数", en=f"full years since {title.en}")
            return _range(aged, (low, high), show=str)
        case Within(name, low, high):
            return _range(schema[name].title, (low, high), show=schema[name].show)


def _joined(parts: tuple[Requirement, ...], schema: FactSchema, *, between: Text) -> Text:
    told = [say_need(one, schema) for one in parts]
    return Text(
        zh="（" + between.zh.join(one.zh for one in told) + "）",
        en="(" + between.en.join(one.en for one in told) + ")",
    )


def _range(
    title: Text, ends: tuple[Bound | None, Bound | None], *, show: Callable[[int], str]
) -> Text:
    (low, high), zh, en = ends, [], []
    if low is not None:
        told = _shown(low.limit, show)
        zh.append(f"{told}以上" if low.included else f"超过{told}")
        en.append(f"at least {told}" if low.included else f"more than {told}")
    if high is not None:
        told = _shown(high.limit, show)
        zh.append(f"{told}以下" if high.included else f"不满{told}")
        en.append(f"at most {told}" if high.included else f"less than {told}")
    return Text(zh=title.zh + "、".join(zh), en=f"{title.en} {' and '.join(en)}")


def _shown(constant: Constant, show: Callable[[int], str]) -> str:
    return f"[{constant.parameter}]" if isinstance(constant, Named) else show(constant)


def say_benefit(benefit: Benefit, schema: FactSchema) -> Text:
    """A benefit in words."""
    if benefit.discretionary:
        return Text(zh="一事一议", en="decided case by case")
    if benefit.amount is None:
        limit = NOTHING.en if benefit.up_to is None else _shown(benefit.up_to, format_money)
        return Text(zh=f"最高{limit}", en=f"up to {limit}")
    told = say_part(benefit.amount, schema)
    to, way = format_money(benefit.rounding.to), benefit.rounding.way.value
    return Text(zh=f"{told.zh}（取整到{to}，{way}）", en=f"{told.en} (rounded to {to}, {way})")


def say_part(part: Part, schema: FactSchema) -> Text:
    """A formula with its limit and demand, in words."""
    told = _formula(part, schema)
    if part.up_to is not None:
        limit = _shown(part.up_to, format_money)
        told = Text(zh=f"{told.zh}，最高{limit}", en=f"{told.en}, at most {limit}")
    if part.when is not None:
        when = say_need(part.when, schema)
        told = Text(zh=f"{told.zh}（条件：{when.zh}）", en=f"{told.en} (if {when.en})")
    return told


def _formula(part: Part, schema: FactSchema) -> Text:
    match part.formula:
        case Fixed(amount):
            fen = _shown(amount, format_money)
            return Text(zh=fen, en=fen)
        case Share(share, of):
            title, told = schema[of].title, _shown(share, format_share)
            return Text(zh=f"{title.zh}的{told}", en=f"{told} of {title.en}")
        case PerUnit(amount, of):
            title, told = schema[of].title, _shown(amount, format_money)
            return Text(zh=f"每{title.zh}{told}", en=f"{told} for each of {title.en}")
        case AwardShare(share, scheme):
            part_of = _shown(share, format_share)
            return Text(zh=f"{scheme} 所得的{part_of}", en=f"{part_of} of what {scheme} awards")
        case Tiers(of, steps, progressive):
            title, fact = schema[of].title, schema[of]
            rows = []
            for step in steps:
                rate = "" if step.share is None else _shown(step.share, format_share)
                rate += "" if step.amount is None else _shown(step.amount, format_money)
                rows.append(f"{_shown(step.begins, fact.show)}: {rate}")
            kind = Text(zh="超额累进", en="sliced") if progressive else Text(zh="分档", en="tiers")
            table = "; ".join(rows)
            return Text(zh=f"{title.zh}{kind.zh} {table}", en=f"{kind.en} of {title.en} {table}")
        case Total(parts):
            summed = [say_part(one, schema) for one in parts]
            return Text(zh=" + ".join(s.zh for s in summed), en=" + ".join(s.en for s in summed))
        case Highest(parts):
            some = [say_part(one, schema) for one in parts]
            return Text(
                zh="取高：" + " | ".join(s.zh for s in some),
                en="the highest of " + " | ".join(s.en for s in some),
            )
