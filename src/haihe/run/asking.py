"""Asking a pack: what it decides, checked; and what happens instead when it cannot."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, ParamSpec, TypeAlias, TypeVar

import msgspec

from haihe.model.case import Case
from haihe.model.decision import Decision, Order, Settled
from haihe.model.text import Text
from haihe.model.time import HOUR
from haihe.pack.view import View
from haihe.run.guard import Guard, PackFailed, PackLate
from haihe.run.rule import DUE_IN_MAX, Rule
from haihe.run.view import AsOf

BY_HAND_IN: Final = 1 * HOUR  # Ours: how long a person has to decide what a pack could not.
ORDERS_MAX: Final = 1_000  # Ours: more from one decision is a loop gone wrong.

P = ParamSpec("P")
R = TypeVar("R")
Deciding: TypeAlias = Callable[[Case, View], Decision]
_decisions: Final = msgspec.json.Decoder(Decision)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a pack decided, or what is done instead and why."""

    decision: Decision
    failed: str = ""


@dataclass
class Asking:
    """The way to the packs' code.

    guard: calls it.
    stuck: what of which version of which rule did not end once; it is not called again.
    """

    guard: Guard
    stuck: set[tuple[str, str, str]] = field(default_factory=set)

    def decision(self, deciding: Deciding, case: Case, *, rule: Rule, view: AsOf) -> Answer:
        """What the pack decides; a person does where it cannot."""
        try:
            return Answer(self.call(rule, _asked, deciding, case, view=view))
        except PackFailed as error:
            return Answer(_by_hand(case, rule, failed=str(error)), str(error))

    def call(self, rule: Rule, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What a function of the pack returns.

        Raises PackFailed if it raised, or did not end now or before: waiting for it again would
        hold everyone up again.
        """
        place = (rule.name, rule.version, function.__name__)
        if place in self.stuck:
            raise PackLate
        try:
            return self.guard.call(function, *args, **kwargs)
        except PackLate:
            self.stuck.add(place)
            raise


def _asked(deciding: Deciding, case: Case, *, view: AsOf) -> Decision:
    """The playbook's decision; what a pack gives back is not to be trusted blindly."""
    return checked(deciding(case, view))


def checked(decision: object) -> Decision:
    """A decision as a pack gave it, fit for the log.

    Raises TypeError or ValueError if it is not.
    """
    if not isinstance(decision, Decision):
        raise TypeError(f"the decision is a {type(decision).__name__}, not a Decision")
    # The log must be able to hold it and give it back: a number among the texts, say, is refused.
    decision = _decisions.decode(msgspec.json.encode(decision))
    if len(decision.orders) > ORDERS_MAX:
        raise ValueError(f"{len(decision.orders)} orders; at most {ORDERS_MAX} are given at once")
    for order in decision.orders:
        if not 0 < order.due_in <= DUE_IN_MAX:
            raise ValueError(
                f"order '{order.key}' is due in {order.due_in} ns; 1 to {DUE_IN_MAX} are allowed"
            )
    return decision


def _by_hand(case: Case, rule: Rule, *, failed: str) -> Decision:
    """What happens when a pack cannot decide: the case is real, so a person does."""
    order = Order(
        action="decide-by-hand",
        entity=case.entity,
        assignee=rule.playbook.escalate_to,
        due_in=BY_HAND_IN,
        title=Text(zh="系统包无法决策，请人工处置", en="The pack could not decide: please decide"),
        settled=Settled.BY_VERIFICATION,
    )
    why = Text(
        zh=f"规则 {rule.name} 决策失败：{failed}", en=f"rule {rule.name} failed to decide: {failed}"
    )
    return Decision(orders=(order,), why=why)
