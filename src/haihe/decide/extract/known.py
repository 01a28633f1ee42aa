"""The standard facts that a draft may ask, and how a demand becomes a condition on one."""

from dataclasses import dataclass
from typing import Final

from haihe.decide.extract.grammar import Op, Part
from haihe.decide.extract.lexer import Quantity
from haihe.decide.scheme.quantity import FEN_PER_YUAN, format_money

WORDS: Final = {Op.GE: "以上", Op.GT: "超过", Op.LE: "不超过", Op.LT: "不满", Op.EQ: "is"}
YUAN: Final = ("元", "")


@dataclass(frozen=True, slots=True)
class Known:
    """A fact as a draft declares it.

    kind: as in the YAML of schemes.
    zh, en: its titles.
    unit: of a number.
    """

    kind: str
    zh: str
    en: str
    unit: str = ""


def _money(zh: str, en: str) -> Known:
    return Known("money", zh, en)


FACTS: Final = {
    "revenue": _money("营业收入", "revenue"),
    "sales": _money("销售额", "sales"),
    "output": _money("产值", "output"),
    "research": _money("研发费用", "research spending"),
    "total_investment": _money("总投资", "total investment"),
    "fixed_investment": _money("固定资产投资", "fixed investment"),
    "equipment_investment": _money("设备投资", "equipment investment"),
    "investment": _money("投资额", "investment"),
    "assets": _money("资产总额", "assets"),
    "registered_capital": _money("注册资本", "registered capital"),
    "tax": _money("纳税额", "taxes paid"),
    "contribution": _money("地方财政贡献", "what its taxes leave to the place"),
    "tax_per_mu": _money("亩均税收", "taxes per mu"),
    "investment_per_mu": _money("亩均投资强度", "investment per mu"),
    "exports": _money("出口额", "exports"),
    "trade_volume": _money("进出口额", "imports and exports"),
    "box_office": _money("票房", "box office"),
    "salary": _money("年薪", "yearly pay"),
    "single_financing": _money("单笔融资额", "financing of one issue"),
    "financing": _money("融资额", "financing"),
    "staff": Known("number", "从业人员", "staff", "人"),
    "patents": Known("number", "专利", "patents", "件"),
    "area": Known("number", "面积", "area", "平方米"),
    "active_users": Known("number", "活跃用户", "active users", "人"),
    "firms_served": Known("number", "服务企业", "firms served", "家"),
    "firms_served_per_year": Known("number", "年服务企业", "firms served a year", "家"),
    "founded": Known("date", "成立日期", "founded on"),
}  # fmt: skip


def money(quantity: Quantity) -> str | None:
    """An amount as schemes write it; None if it is not in yuan or finer than a fen."""
    fen = quantity.value * FEN_PER_YUAN
    if quantity.unit not in YUAN or fen != fen.to_integral_value():
        return None
    return format_money(int(fen))


def share(quantity: Quantity) -> str:
    """A share as schemes write it, in percent.

    >>> from decimal import Decimal
    >>> share(Quantity(Decimal("0.125"), "%"))
    '12.5%'
    """
    return f"{(quantity.value * 100).normalize():f}%"


def need(demand: Part) -> tuple[str, str] | None:
    """The fact and the requirement, as YAML, of a demand; None if it cannot be said so.

    A requirement asks a standard fact in its own unit; anything else is for a person to confirm.
    """
    known, quantity = FACTS.get(demand.about), demand.quantity
    if known is None or quantity is None or quantity.high is not None:
        return None
    word = WORDS[demand.op]
    if known.kind == "money":
        told = money(quantity)
        return None if told is None else (demand.about, f"{{fact: {demand.about}, {word}: {told}}}")
    if known.kind == "date":
        whole = quantity.unit == "年" and quantity.value == int(quantity.value)
        # 成立3年 without a word: three full years or more.
        word = WORDS[Op.GE] if demand.op is Op.EQ else word
        told = f"{{age_of: {demand.about}, {word}: {int(quantity.value)}}}"
        return (demand.about, told) if whole else None
    if quantity.value != int(quantity.value) or quantity.unit not in (
        known.unit,
        "",
        "名",
        "个",
        "项",
    ):
        return None
    return demand.about, f"{{fact: {demand.about}, {word}: {int(quantity.value)}}}"
