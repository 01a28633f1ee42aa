"""What the grammar gives: clauses of a kind, each with typed parts and their places."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from haihe.decide.extract.lexer import Quantity
from haihe.model.text import Text


class Kind(StrEnum):
    """What a clause does."""

    SUPPORT = "support"  # Somebody gets something.
    BUDGET = "budget"  # What there is for all together.
    FUNDING_SPLIT = "funding_split"  # Which purse bears which share.
    CONFLICT_RULE = "conflict_rule"  # What holds when awards meet.
    EFFECTIVE = "effective"  # From when to when.
    OWNER = "owner"  # Who is responsible.
    CONDITION = "condition"  # What must hold, apart from any support.
    RULE = "rule"  # What an actor must, may or may not do.
    DEADLINE = "deadline"  # Until when something is to be done.
    TARGET = "target"  # What is promised or hoped for, with a number.
    ACHIEVED = "achieved"  # What has been reached: never a promise.


# What people read.
TITLES: Final = {
    Kind.SUPPORT: Text(zh="支持", en="support"),
    Kind.BUDGET: Text(zh="资金规模", en="budget"),
    Kind.FUNDING_SPLIT: Text(zh="资金分担", en="who bears which share"),
    Kind.CONFLICT_RULE: Text(zh="不重复享受", en="what holds when awards meet"),
    Kind.EFFECTIVE: Text(zh="施行日期", en="in force"),
    Kind.OWNER: Text(zh="责任单位", en="who is responsible"),
    Kind.CONDITION: Text(zh="条件", en="condition"),
    Kind.RULE: Text(zh="规定", en="rule"),
    Kind.DEADLINE: Text(zh="期限", en="deadline"),
    Kind.TARGET: Text(zh="目标", en="target"),
    Kind.ACHIEVED: Text(zh="已有成效", en="reached so far"),
}


class Role(StrEnum):
    """What a part of a clause says."""

    BENEFICIARY = "beneficiary"
    LIMIT = "limit"  # Of what is counted: 补贴面积不超过500平方米; no condition.
    CONDITION = "condition"  # In words.
    DEMAND = "demand"  # With a number: ``about`` names the measure.
    AFTER = "after"
    BASE = "base"
    SHARE = "share"
    AMOUNT = "amount"
    CAP = "cap"
    CAP_SCOPE = "cap_scope"
    PER = "per"
    YEARS = "years"
    STAGED = "staged"
    STAGE = "stage"  # What is paid at one time: a share of the award, or a sum of it.
    DISCRETIONARY = "discretionary"
    FROM = "from"
    TO = "to"
    DEPARTMENT = "department"
    PURSE = "purse"  # ``about`` names it.
    RULE = "rule"
    ACTOR = "actor"
    OUTCOME = "outcome"
    LEVEL = "level"  # What one sum of several is for: only as ``level`` of another part.
    WITHIN = "within"  # A number of days or months to act in.


class Op(StrEnum):
    """How a number compares; 以上 includes it, 超过 and 不满 do not (Civil Code, article 1259)."""

    EQ = "eq"
    GE = "ge"
    GT = "gt"
    LE = "le"
    LT = "lt"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing a clause says, with its place.

    role: what it says.
    start, end: characters of the document; where it is inherited, those of where it stands.
    quantity: its number; None if it is words.
    op: how the number compares.
    about: for each of what a limit is, which measure a number is on, which purse; "" for none.
    inclusive: True if the text says so (含), and not only the law.
    level: of one sum of several, what it is for (国家级, 5亿元); None where nothing is said.
    group: alternatives have different groups; parts of one group hold together.
    """

    role: Role
    start: int
    end: int
    quantity: Quantity | None = None
    op: Op = Op.EQ
    about: str = ""
    group: int = 0
    inclusive: bool = False
    level: "Part | None" = None


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing a text orders, promises or tells.

    kind: what it does.
    start, end: characters of the document.
    score: how much speaks for the kind; at least THRESHOLD of ``phrases``.
    parts: in the order of the text.
    any: True if one group of demands is enough, False if all must hold.
    proposed: True if somebody else proposed it and the text bears it out; its score is then 0.
    """

    kind: Kind
    start: int
    end: int
    score: int
    parts: tuple[Part, ...] = ()
    any: bool = False
    proposed: bool = False

    def of(self, *roles: Role) -> tuple[Part, ...]:
        """The parts of some roles."""
        return tuple(part for part in self.parts if part.role in roles)
