"""What a scheme (政策) says, as values: dated clauses (条款) with their place in the text.

以上, 以下, 以内 and 届满 include the number; 不满, 超过 and 以外 exclude it (Civil Code of the
PRC, article 1259). A condition is true, false or unknown (Kleene): unknown only where a missing
fact could still turn it either way.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from haihe.model.text import Text


@dataclass(frozen=True, slots=True)
class Span:
    """Where in its document a clause stands.

    document: its name or number.
    start, end: characters, from 0; ``end`` is behind the last.
    """

    document: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Named:
    """A parameter of the scheme, by its name; what it is depends on the day."""

    parameter: str


Constant: TypeAlias = int | Named


class Measure(StrEnum):
    """What a parameter counts."""

    MONEY = "money"  # Whole fen.
    SHARE = "share"  # Millionths.
    NUMBER = "number"  # Millionths of one.
    DATE = "date"  # Days since 1970.


@dataclass(frozen=True, slots=True)
class Step:
    """What a parameter is from a day on."""

    begins: int
    amount: int


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number of the scheme that may change with time.

    name: as clauses call it.
    measure: money, share, number or date.
    steps: rising by day, at least one.
    """

    name: str
    measure: Measure
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a range.

    limit: in the field's own whole units, fen, millionths, days or years.
    included: whether the number itself belongs to it: 以上 and 以下 do, 超过 and 不满 do not.
    """

    limit: Constant
    included: bool = True


@dataclass(frozen=True, slots=True)
class Within:
    """A number, money, date or yes/no lies between two bounds; None for no bound."""

    fact: str
    low: Bound | None = None
    high: Bound | None = None


@dataclass(frozen=True, slots=True)
class Age:
    """So many full years have passed since a date fact."""

    fact: str
    low: Bound | None = None
    high: Bound | None = None


@dataclass(frozen=True, slots=True)
class Ratio:
    """One fact over another lies between two bounds, in millionths; unknown over 0 or less."""

    upper: str
    lower: str
    low: Bound | None = None
    high: Bound | None = None


@dataclass(frozen=True, slots=True)
class OneOf:
    """A category is one of the words, or the tags have at least one of them."""

    fact: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Eligible:
    """The enterprise is eligible for another scheme."""

    scheme: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds."""

    parts: tuple["Requirement", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple["Requirement", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Requirement"


@dataclass(frozen=True, slots=True)
class AtLeast:
    """So many of the parts hold, or more."""

    count: int
    parts: tuple["Requirement", ...]


Requirement: TypeAlias = Within | Age | Ratio | OneOf | Eligible | AllOf | AnyOf | Not | AtLeast


@dataclass(frozen=True, slots=True)
class Condition:
    """One numbered demand of a scheme; all of them must hold.

    name: short, unique in the scheme; reasons and cases call it so.
    title: what people read.
    require: what must hold.
    source: where it stands; None if nobody has said.
    line: of the file it was read from; 0 if it was not.
    """

    name: str
    title: Text
    require: Requirement
    source: Span | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Fixed:
    """A sum of its own, in fen."""

    amount: Constant


@dataclass(frozen=True, slots=True)
class Share:
    """A share of a money fact, in millionths."""

    share: Constant
    of: str


@dataclass(frozen=True, slots=True)
class PerUnit:
    """So many fen for every one of a number fact."""

    amount: Constant
    of: str


@dataclass(frozen=True, slots=True)
class AwardShare:
    """A share of what another scheme awards (配套), in millionths; who has no award gets none."""

    share: Constant
    scheme: str


@dataclass(frozen=True, slots=True)
class Tier:
    """What holds from a number of the base on.

    begins: in fen or the field's own whole units; included.
    share: of the base, in millionths; of a money fact only. None if it is a sum.
    amount: in fen; None if it is a share.
    """

    begins: Constant
    share: Constant | None = None
    amount: Constant | None = None


@dataclass(frozen=True, slots=True)
class Tiers:
    """A rate that depends on the base.

    of: a money or number fact.
    steps: rising.
    progressive: True if each rate is for its own slice only (超额累进); False if the tier that is
        reached is for the whole base (分档).
    """

    of: str
    steps: tuple[Tier, ...]
    progressive: bool = False


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of all parts."""

    parts: tuple["Part", ...]


@dataclass(frozen=True, slots=True)
class Highest:
    """The highest of the parts."""

    parts: tuple["Part", ...]


Formula: TypeAlias = Fixed | Share | PerUnit | AwardShare | Tiers | Total | Highest


@dataclass(frozen=True, slots=True)
class Part:
    """A formula with its own limit and demand.

    formula: how much.
    up_to: in fen; None for no limit.
    when: what must hold, or this part is 0; None for always.
    """

    formula: Formula
    up_to: Constant | None = None
    when: Requirement | None = None


class Way(StrEnum):
    """How an award is rounded, once, at its end."""

    HALF_UP = "half_up"  # 四舍五入.
    DOWN = "down"  # 舍去尾数.


@dataclass(frozen=True, slots=True)
class Rounding:
    """To a multiple of so many fen; GB/T 8170 calls HALF_UP's rival "even": no scheme uses it."""

    to: int = 1
    way: Way = Way.HALF_UP


@dataclass(frozen=True, slots=True)
class Portion:
    """A named share of an award: a stage of its payment, or a purse that pays it."""

    name: str
    title: Text
    share: int


@dataclass(frozen=True, slots=True)
class Benefit:
    """What an eligible enterprise gets.

    amount: how much; None if no formula is given (discretionary, or only "up to").
    up_to: 最高, in fen: a limit where there is an amount, shown as "up to" where there is none.
    discretionary: True for 一事一议: never computed.
    rounding: the one point where an award becomes whole fen.
    stages: of payment; shares add up to one. Empty: all at once.
    purses: who pays, as city and zone; shares add up to one.
    source, line: as in ``Condition``.
    """

    amount: Part | None = None
    up_to: Constant | None = None
    discretionary: bool = False
    rounding: Rounding = Rounding()
    stages: tuple[Portion, ...] = ()
    purses: tuple[Portion, ...] = ()
    source: Span | None = None
    line: int = 0


class Status(StrEnum):
    """A draft can be looked at, never pushed."""

    DRAFT = "draft"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Paper:
    """A certificate that an application brings; one handed in before is not asked for again."""

    name: str
    title: Text


@dataclass(frozen=True, slots=True)
class Keeping:
    """Conditions that must go on holding after the money was paid, or it is claimed back.

    conditions: names of conditions.
    years: how long, from the payment.
    """

    conditions: tuple[str, ...]
    years: int


@dataclass(frozen=True, slots=True)
class Version:
    """A scheme as it stood between two days.

    valid_from, valid_to: days, both included; ``valid_to`` None where no sunset is set.
    status: draft or final.
    parameters, conditions, benefit: what it says.
    source: its document; None if nobody has said.
    line: as in ``Condition``.
    automatic: 免申即享: who is eligible beyond doubt need not ask.
    papers: what an application brings.
    keeping: what must go on holding afterwards; None if nothing.
    publish_days: 公示, in working days; 0 for none.
    """

    valid_from: int
    valid_to: int | None
    status: Status
    parameters: tuple[Parameter, ...]
    conditions: tuple[Condition, ...]
    benefit: Benefit
    source: Span | None = None
    line: int = 0
    automatic: bool = False
    papers: tuple[Paper, ...] = ()
    keeping: Keeping | None = None
    publish_days: int = 5


@dataclass(frozen=True, slots=True)
class Scheme:
    """One government measure and all its versions.

    name: short, unique, such as "rd-grant".
    title, issuer: what people read.
    versions: in the order of the file.
    file, line: it was read from; "" and 0 if from none.
    """

    name: str
    title: Text
    issuer: Text
    versions: tuple[Version, ...]
    file: str = ""
    line: int = 0

    def version_on(self, day: int, *, drafts: bool = False) -> Version | None:
        """The version in force on a day: the one that began last; None if none is.

        drafts: whether drafts count, and come before finals; only ever to look ahead.
        """
        found = [
            one
            for one in self.versions
            if one.valid_from <= day
            and (one.valid_to is None or day <= one.valid_to)
            and (drafts or one.status is Status.FINAL)
        ]
        return max(
            found, key=lambda one: (one.status is Status.DRAFT, one.valid_from), default=None
        )
