"""Each step of a procedure: who does it, how it may end, and how many working days it has."""

from dataclasses import dataclass
from typing import Final

from haihe.decide.workday import due_after
from haihe.model import Order, Outcome, Settled, Text

DESK, REVIEW, APPROVAL, FINANCE = (
    "schemes-desk", "schemes-review", "schemes-approval", "schemes-finance",
)  # fmt: skip
ENTERPRISE: Final = "enterprise"


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    title: what is to be done.
    assignee: who does it.
    workdays: how many working days it has.
    outcomes: how it may end, the usual one first.
    settled: what makes it done.
    """

    title: Text
    assignee: str
    workdays: int
    outcomes: tuple[Outcome, ...] = ()
    settled: Settled = Settled.BY_REPORT


# What an enterprise is told, it is told with a reason.
ASKS_REASON: Final = frozenset({"refuse", "supplement", "upheld", "objected", "bank-refused"})


def _ways(**titles: tuple[str, str]) -> tuple[Outcome, ...]:
    names = {told.replace("_", "-"): title for told, title in titles.items()}
    return tuple(
        Outcome(name, Text(zh=zh, en=en), asks_reason=name in ASKS_REASON)
        for name, (zh, en) in names.items()
    )


_REFUSE: Final = ("不予支持", "refuse")
_SUPPLEMENT: Final = ("要求补正", "ask for a supplement")
# Working days: acceptance within 5 and one notice of all that lacks (Administrative Licensing Law,
# article 32), 公示 at least 5 (the rule of most municipal schemes); the others are Ours, and make
# 40 together, where people wait 60 today.
STEPS: Final[dict[str, Step]] = {
    "accept": Step(
        Text(zh="受理申请：核对材料是否齐全", en="Accept the application: is everything there?"),
        DESK,
        5,
        _ways(accept=("受理", "accept"), supplement=_SUPPLEMENT, refuse=_REFUSE),
    ),
    "supplement": Step(
        Text(zh="请企业补正材料", en="The enterprise is asked for a supplement"),
        ENTERPRISE,
        10,
        _ways(given=("已补正", "given")),
    ),
    "review": Step(
        Text(zh="审核：逐条核对条件", en="Review: look at each condition"),
        REVIEW,
        10,
        _ways(**{"pass": ("审核通过", "pass"), "supplement": _SUPPLEMENT, "refuse": _REFUSE}),
    ),
    "publish": Step(
        Text(zh="公示，受理异议", en="Publish, and hear who objects"),
        DESK,
        5,
        _ways(objected=("有人提出异议", "somebody objected")),
        Settled.BY_TIME,
    ),
    "hear": Step(
        Text(zh="核查异议", en="Look into the objection"),
        REVIEW,
        5,
        _ways(dismissed=("异议不成立", "dismissed"), upheld=("异议成立", "upheld")),
    ),
    "approve": Step(
        Text(zh="批准（审核人以外的人）", en="Approve, by someone who did not review it"),
        APPROVAL,
        3,
        _ways(approve=("批准", "approve"), refuse=_REFUSE),
    ),
    "fund": Step(
        Text(zh="资金池不足，请落实预算", en="The pool does not cover it: find the money"),
        FINANCE,
        20,
        _ways(funded=("预算已落实", "funded"), refuse=_REFUSE),
    ),
    "pay": Step(
        Text(zh="拨付", en="Pay"),
        FINANCE,
        7,
        _ways(paid=("已拨付", "paid"), bank_refused=("银行退回", "the bank refused it")),
    ),
    "account": Step(
        Text(
            zh="银行退回，请企业更正账户", en="The bank refused it: the account must be put right"
        ),
        ENTERPRISE,
        10,
        _ways(given=("账户已更正", "put right")),
    ),
    "paid": Step(
        Text(zh="告知企业：资金已拨付", en="Tell the enterprise: it was paid"),
        ENTERPRISE,
        2,
        settled=Settled.BY_RECEIPT,
    ),
    "refused": Step(
        Text(zh="告知企业：不予支持及理由", en="Tell the enterprise: refused, and why"),
        ENTERPRISE,
        2,
        settled=Settled.BY_RECEIPT,
    ),
    "claw-back": Step(
        Text(zh="承诺条件已不成立，追回资金", en="A promise was broken: claim the money back"),
        FINANCE,
        20,
        _ways(returned=("已退回", "returned"), kept=("经核查仍然成立", "found to hold after all")),
    ),
    "fund-pool": Step(
        Text(zh="资金池将尽，请安排", en="The pool runs low: decide what then"),
        FINANCE,
        10,
        _ways(raised=("已追加", "raised"), left=("用完为止", "left to run out")),
    ),
}


def order_of(
    name: str,
    entity: str,
    *,
    now: int,
    parameters: dict[str, str] | None = None,
    barred: tuple[str, ...] = (),
) -> Order:
    """The order of a step.

    name: the step's, with a number from the second time on, such as "accept-2".
    now: the log's time; ns.
    parameters: what who does it must know.
    barred: who must not do it.
    """
    head, _, tail = name.rpartition("-")
    step = STEPS[head if tail.isdecimal() else name]
    return Order(
        action=name,
        entity=entity,
        assignee=step.assignee,
        due_in=due_after(now, step.workdays),
        title=step.title,
        settled=step.settled,
        parameters=parameters or {},
        outcomes=step.outcomes,
        barred=barred,
    )
