"""Clauses as people say them, and what changed between two versions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

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
    Rounding,
    Share,
    Status,
    Tiers,
    Total,
    Version,
    Way,
    Within,
)
from haihe.decide.scheme.facts import FactKind, FactSchema, say_words
from haihe.decide.scheme.quantity import (
    DECIMALS_MAX,
    format_day,
    format_scaled,
    format_share,
    say_money,
)
from haihe.decide.scheme.stacking import Scope, Stacking
from haihe.model.text import Text

NOTHING = Text(zh="无", en="nothing")
_STATUSES: Final = {
    Status.DRAFT: Text(zh="草稿", en="draft"),
    Status.FINAL: Text(zh="定稿", en="final"),
}
WAYS: Final = {
    Way.HALF_UP: Text(zh="四舍五入", en="half up"),
    Way.DOWN: Text(zh="舍去尾数", en="down"),
}
Say: TypeAlias = Callable[[int], Text]


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
    yield "status", _STATUSES[version.status]
    end = "…" if version.valid_to is None else format_day(version.valid_to)
    dates = f"{format_day(version.valid_from)} – {end}"
    yield "dates", Text(zh=dates, en=dates)
    for parameter in version.parameters:
        yield f"parameter {parameter.name}", _steps(parameter)
    for condition in version.conditions:
        yield f"condition {condition.name}", say_need(condition.require, schema)
    yield "benefit", say_benefit(version.benefit, schema)
    yield "papers", _several([one.title for one in version.papers], joint=("、", ", "))
    yield "publish", Text(zh=f"{version.publish_days}个工作日", en=f"{version.publish_days} d")
    yield "automatic", Text(zh="是", en="yes") if version.automatic else Text(zh="否", en="no")
    if version.keeping is not None:
        kept = "、".join(version.keeping.conditions)
        yield (
            "keeping",
            Text(
                zh=f"{kept}，{version.keeping.years}年", en=f"{kept}, {version.keeping.years} years"
            ),
        )


def _alike(show: Callable[[int], str]) -> Say:
    """A number that is written alike in both languages."""

    def say(number: int) -> Text:
        return Text(zh=show(number), en=show(number))

    return say


_share, _day, _years = _alike(format_share), _alike(format_day), _alike(str)
_SAID: Final[Mapping[Measure, Say]] = {
    Measure.MONEY: say_money,
    Measure.SHARE: _share,
    Measure.NUMBER: _alike(lambda number: format_scaled(number, DECIMALS_MAX)),
    Measure.DATE: _day,
}


def _steps(parameter: Parameter) -> Text:
    told = [(format_day(one.begins), _SAID[parameter.measure](one.amount))
            for one in parameter.steps]  # fmt: skip
    return Text(
        zh="; ".join(f"{day}: {amount.zh}" for day, amount in told),
        en="; ".join(f"{day}: {amount.en}" for day, amount in told),
    )


def values_on(version: Version, day: int) -> dict[str, Text]:
    """What each parameter is on a day, in words; what has not begun is left out."""
    return {
        one.name: _SAID[one.measure]([step.amount for step in one.steps if step.begins <= day][-1])
        for one in version.parameters
        if one.steps[0].begins <= day
    }


@dataclass(frozen=True, slots=True)
class Speech:
    """How clauses are said.

    schema: gives facts their titles.
    values: parameters of which the value is said, such as ``values_on`` gives; of others the name.
    """

    schema: FactSchema
    values: Mapping[str, Text] = field(default_factory=dict)

    def shown(self, constant: Constant, say: Say) -> Text:
        """A number of a clause, or its parameter's."""
        if not isinstance(constant, Named):
            return say(constant)
        if constant.parameter in self.values:
            return self.values[constant.parameter]
        name = f"[{constant.parameter}]"
        return Text(zh=name, en=name)

    def need(self, need: Requirement) -> Text:
        """A requirement, with 以上 and 超过 as the law means them."""
        match need:
            case AllOf(parts):
                return self._joined(parts, between=Text(zh="，且", en=" and "))
            case AnyOf(parts):
                return self._joined(parts, between=Text(zh="，或", en=" or "))
            case AtLeast(count, parts):
                inner = self._joined(parts, between=Text(zh="、", en=", "))
                return Text(zh=f"至少{count}项：{inner.zh}", en=f"at least {count} of: {inner.en}")
            case Not(part):
                inner = self.need(part)
                return Text(zh=f"不是（{inner.zh}）", en=f"not ({inner.en})")
            case Eligible(scheme):
                return Text(zh=f"符合 {scheme}", en=f"eligible for {scheme}")
            case OneOf(fact, words):
                title, told = self.schema[fact].title, say_words(self.schema[fact], words)
                return Text(zh=f"{title.zh}：{told.zh}", en=f"{title.en}: {told.en}")
            case Ratio(upper, lower, low, high):
                first, second = self.schema[upper].title, self.schema[lower].title
                title = Text(zh=f"{first.zh}/{second.zh}", en=f"{first.en} / {second.en}")
                return self._range(title, (low, high), say=_share)
            case Age(name, low, high):
                title = self.schema[name].title
                aged = Text(zh=f"自{title.zh}起周年数", en=f"full years since {title.en}")
                return self._range(aged, (low, high), say=_years)
            case Within(name, low, high):
                asked = self.schema[name]
                if asked.kind is FactKind.YES_NO and low is not None and low == high:
                    said = self.shown(low.limit, asked.say)
                    return Text(
                        zh=f"{asked.title.zh}：{said.zh}", en=f"{asked.title.en}: {said.en}"
                    )
                return self._range(asked.title, (low, high), say=asked.say)

    def _joined(self, parts: tuple[Requirement, ...], *, between: Text) -> Text:
        told = [self.need(one) for one in parts]
        return Text(
            zh="（" + between.zh.join(one.zh for one in told) + "）",
            en="(" + between.en.join(one.en for one in told) + ")",
        )

    def _range(self, title: Text, ends: tuple[Bound | None, Bound | None], *, say: Say) -> Text:
        (low, high), zh, en = ends, [], []
        if low is not None:
            told = self.shown(low.limit, say)
            zh.append(f"{told.zh}以上" if low.included else f"超过{told.zh}")
            en.append(f"at least {told.en}" if low.included else f"more than {told.en}")
        if high is not None:
            told = self.shown(high.limit, say)
            zh.append(f"{told.zh}以下" if high.included else f"不满{told.zh}")
            en.append(f"at most {told.en}" if high.included else f"less than {told.en}")
        return Text(zh=title.zh + "、".join(zh), en=f"{title.en} {' and '.join(en)}")

    def benefit(self, benefit: Benefit) -> Text:
        """A benefit; how it is rounded only where that is not to the fen, half up."""
        if benefit.discretionary:
            return Text(zh="一事一议", en="decided case by case")
        if benefit.amount is None:
            limit = NOTHING if benefit.up_to is None else self.shown(benefit.up_to, say_money)
            return Text(zh=f"最高{limit.zh}", en=f"up to {limit.en}")
        told = self.part(benefit.amount)
        if benefit.rounding == Rounding():
            return told
        to, way = say_money(benefit.rounding.to), WAYS[benefit.rounding.way]
        return Text(
            zh=f"{told.zh}（精确到{to.zh}，{way.zh}）", en=f"{told.en} (to {to.en}, {way.en})"
        )

    def part(self, part: Part) -> Text:
        """A formula with its limit and demand."""
        told = self._formula(part)
        if part.up_to is not None:
            limit = self.shown(part.up_to, say_money)
            told = Text(zh=f"{told.zh}，最高{limit.zh}", en=f"{told.en}, at most {limit.en}")
        if part.when is not None:
            when = self.need(part.when)
            told = Text(zh=f"{told.zh}（条件：{when.zh}）", en=f"{told.en} (if {when.en})")
        return told

    def _formula(self, part: Part) -> Text:
        match part.formula:
            case Fixed(amount):
                return self.shown(amount, say_money)
            case Share(share, of):
                title, told = self.schema[of].title, self.shown(share, _share)
                return Text(zh=f"{title.zh}的{told.zh}", en=f"{told.en} of {title.en}")
            case PerUnit(amount, of):
                title, told = self.schema[of].title, self.shown(amount, say_money)
                unit = self.schema[of].unit
                each = "" if unit == "1" else unit
                return Text(
                    zh=f"{title.zh}每{each}{told.zh}", en=f"{told.en} for each of {title.en}"
                )
            case AwardShare(share, scheme):
                told = self.shown(share, _share)
                return Text(zh=f"{scheme} 所得的{told.zh}", en=f"{told.en} of what {scheme} awards")
            case Tiers():
                return self._tiers(part.formula)
            case Total(parts):
                return _several(self._parts(parts), joint=(" + ", " + "))
            case Highest(parts):
                head = ("以下从高：", "the highest of ")
                return _several(self._parts(parts), joint=("；", " | "), head=head)

    def _parts(self, parts: Sequence[Part]) -> list[Text]:
        return [self.part(one) for one in parts]

    def _tiers(self, tiers: Tiers) -> Text:
        """Each tier with its first number: 0元起10%，500万元起5%."""
        fact = self.schema[tiers.of]
        zh, en = [], []
        for step in tiers.steps:
            told = [] if step.share is None else [self.shown(step.share, _share)]
            told += [] if step.amount is None else [self.shown(step.amount, say_money)]
            begins = self.shown(step.begins, fact.say)
            zh.append(f"{begins.zh}起{'加'.join(one.zh for one in told)}")
            en.append(f"from {begins.en} {' and '.join(one.en for one in told)}")
        kind = Text(zh="分段累进", en="in slices of") if tiers.progressive else _TIERS
        return Text(
            zh=f"按{fact.title.zh}{kind.zh}：{'，'.join(zh)}",
            en=f"{kind.en} {fact.title.en}: {', '.join(en)}",
        )


_TIERS: Final = Text(zh="分档", en="in tiers of")


def _several(
    told: Sequence[Text], *, joint: tuple[str, str], head: tuple[str, str] = ("", "")
) -> Text:
    """Texts after a beginning, with a joint between them; both Chinese, then English."""
    return Text(
        zh=head[0] + joint[0].join(one.zh for one in told),
        en=head[1] + joint[1].join(one.en for one in told),
    )


def say_need(need: Requirement, schema: FactSchema) -> Text:
    """A requirement in words, parameters by their names."""
    return Speech(schema).need(need)


def say_benefit(benefit: Benefit, schema: FactSchema) -> Text:
    """A benefit in words, parameters by their names."""
    return Speech(schema).benefit(benefit)


_SCOPES: Final = {
    Scope.PERSON: Text(zh="每人每年", en="a person and year"),
    Scope.LEGAL_PERSON: Text(zh="每家企业每年", en="an enterprise and year"),
    Scope.POOL: Text(zh="每年合计", en="a year for all"),
}


def say_stacking(stacking: Stacking) -> Iterator[tuple[str, Text]]:
    """Each rule for awards that meet, by its name."""
    for group in stacking.groups:
        names = "、".join(group.schemes)
        kind = Text(zh="不得重复", en="one of") if group.exclusive else _HIGHEST
        yield group.name, Text(zh=f"{kind.zh}：{names}", en=f"{kind.en}: {names}")
    for cap in stacking.caps:
        names, scope = "、".join(cap.schemes), _SCOPES[cap.scope]
        steps = [(f"{format_day(one.begins)}: ", say_money(one.amount)) for one in cap.steps]
        told = steps or [("", say_money(cap.limit_fen))]
        zh = "; ".join(day + amount.zh for day, amount in told)
        en = "; ".join(day + amount.en for day, amount in told)
        rest = Text(zh="", en="") if cap.partial else _ALL_OR_NOTHING
        yield (
            cap.name,
            Text(
                zh=f"{scope.zh}最高{zh}{rest.zh}：{names}",
                en=f"up to {en} {scope.en}{rest.en}: {names}",
            ),
        )


_HIGHEST: Final = Text(zh="从高", en="the highest of")
_ALL_OR_NOTHING: Final = Text(zh="，超出的不付", en=", nothing of what passes it")
