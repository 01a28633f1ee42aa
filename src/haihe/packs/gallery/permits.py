"""作业许可: hot work by the permit, stopped at once where it is not; embers looked for afterwards.

A playbook only ever stops work. Whoever suspended or overran a permit, only people resume it.
"""

from typing import Final

from haihe.decide import joined, value_and_limit
from haihe.detect import Limit, Sequence
from haihe.model import HOUR, MINUTE, SECOND, Case, Decision, Observation, Severity, Text
from haihe.pack import Closure, Playbook, RollUp, View
from haihe.packs.gallery.orders import visit
from haihe.packs.gallery.people_out import call, calls_out, replace_decision
from haihe.packs.gallery.people_streams import (
    CHECKED,
    CLOSED,
    COOLING,
    OVERRUN_MIN,
    PERMIT,
    QUIET_WORK_LEL,
    TEST_AGE_MIN,
    UNGUARDED_MIN,
    WORK_LEL,
    WORKING,
)

# Ours: half an hour of watch is the least that hot-work rules ask for (NFPA 51B asks for one hour
# since its 2019 edition); the rest is for the report. GB 30871-2022 lets nobody leave before the
# embers are out.
EMBERS_WITHIN: Final = 60 * MINUTE
WINDOW: Final = 3 * MINUTE  # Ours: six records of the desk.
AT_LEAST: Final = 4  # Ours: two of the six may be lost.
GAP: Final = 80 * SECOND  # Ours: two records of the desk may be lost in a row.
GAS_WINDOW: Final = 10 * MINUTE  # Ours: as for the air of a zone.
EACH: Final = RollUp(relations=())
TEST_GAS: Final = Text(
    zh="停止动火，重新检测气体，合格并签字后方可恢复",
    en="Stop hot work, test the gas anew; resume only when it is good and signed",
)
FIND_GAS: Final = Text(
    zh="停止动火并撤出，查明气体来源",
    en="Stop hot work and come out, find where the gas comes from",
)
GUARDIAN_BACK: Final = Text(
    zh="停止作业，监护人到场并签字后方可恢复",
    en="Stop the work; resume only when the guardian is there and has signed",
)
SIGN_OFF: Final = Text(
    zh="停止作业，清点人员工具，签字关闭许可或重新办理",
    en="Stop the work, count people and tools, sign the permit off or apply anew",
)
CHECK_EMBERS: Final = Text(
    zh="热像仪检查动火点及下方，确认无余火后签字",
    en="Look for embers at and below the work place with a thermal camera, then sign",
)
REMIND: Final = Text(
    zh="只提醒：不选，明火一旦遇气就来不及了",
    en="a reminder alone: not chosen, a flame that meets gas leaves no time",
)
LET_FINISH: Final = Text(
    zh="让其做完：不选，许可的条件只到期满为止有效",
    en="letting them finish: not chosen, what the permit checked holds only until its end",
)
TRUST: Final = Text(
    zh="视为已查：不选，没有签字就没有证据",
    en="taking it as done: not chosen, without a signature there is no proof",
)


def is_tested(seen: Observation) -> bool:
    """Whether a record shows hot work on a gas test that is young enough, or no hot work.

    >>> is_tested(Observation("gallery.permit", "permit/1", 0, {"test_age": 31.0}, {}))
    False
    """
    return seen.numbers["test_age"] < TEST_AGE_MIN


def is_free_of_gas(seen: Observation) -> bool:
    """Whether a record shows gas at or under ``QUIET_WORK_LEL`` at the work place."""
    return seen.numbers["lel"] <= QUIET_WORK_LEL


def is_guarded(seen: Observation) -> bool:
    """Whether a record shows the guardian there, or no work."""
    return seen.numbers["unguarded"] == 0.0


def is_within_time(seen: Observation) -> bool:
    """Whether a record shows no work beyond the permit's end."""
    return seen.numbers["over"] == 0.0


def has_cooled(seen: Observation) -> bool:
    """Whether a record shows the place checked for embers, or the permit closed after that."""
    return seen.numbers["state"] in (CHECKED, CLOSED)


def stop_untested(case: Case, view: View) -> Decision:
    """Suspend hot work that goes on without a valid gas test.

    case: a ``hot-work-untested`` case; the entity is the permit.
    view: gives what the permit says.
    Source: GB 30871-2022: gas is tested within 30 minutes before hot work, and monitored in
    confined spaces; "Ours" for holding a test that has grown older than that against it as well.
    """
    what = Text(zh="动火所依据的气体检测已过", en="age of the gas test hot work relies on:")
    return _suspended(case, view, what=what, send=("test-gas", TEST_GAS), unit=" min")


def stop_in_gas(case: Case, view: View) -> Decision:
    """Suspend work where its own gas monitor finds gas, and bring everybody out of the zone.

    case: a ``hot-work-gas`` case; the entity is the permit.
    view: gives the permit's zone and who is there.
    """
    what = Text(zh="作业点可燃气体", en="gas at the work place")
    decision = _suspended(case, view, what=what, send=("find-gas", FIND_GAS), unit=" %LEL")
    zone = _zone_of(case.entity, view)
    if zone is None:
        return decision
    out = tuple(
        order for order in calls_out((zone,), view) if order.key != f"permit-suspend {case.entity}"
    )
    return replace_decision(decision, orders=out)


def stop_unguarded(case: Case, view: View) -> Decision:
    """Suspend work whose guardian has gone.

    case: a ``work-unguarded`` case; the entity is the permit.
    view: gives the guardian's tag.
    """
    what = Text(zh="作业无监护人在场", en="work without its guardian:")
    send = ("guardian-back", GUARDIAN_BACK)
    return _suspended(case, view, what=what, send=send, unit=" min")


def stop_overrun(case: Case, view: View) -> Decision:
    """Suspend work that goes on beyond its permit's end.

    case: a ``permit-overrun`` case; the entity is the permit.
    view: gives what the permit says.
    """
    what = Text(zh="作业超过许可期限", en="work beyond the permit's end:")
    decision = _suspended(case, view, what=what, send=("sign-off", SIGN_OFF), unit=" min")
    return Decision(orders=decision.orders, why=decision.why, alternatives=(LET_FINISH,))


def check_embers(case: Case, view: View) -> Decision:
    """Send someone to the place of hot work that nobody has signed off as cold.

    case: an ``embers-unchecked`` case; the entity is the permit.
    view: gives the permit's zone.
    """
    alarm = case.alarms[-1]
    zone = _zone_of(case.entity, view) or "?"
    minutes = EMBERS_WITHIN // MINUTE
    why = Text(
        zh=f"{case.entity}（{zone}）动火结束 {minutes} 分钟后状态仍为 {alarm.value:.0f}，"
        f"应为 {alarm.limit:.0f}（已查无余火）",
        en=f"{case.entity} ({zone}): {minutes} min after hot work its state is still "
        f"{alarm.value:.0f}, not {alarm.limit:.0f} (no embers found)",
    )
    send = visit("check-embers", case.entity, title=CHECK_EMBERS)
    return Decision(orders=(send,), why=why, alternatives=(TRUST,))


def _suspended(
    case: Case, view: View, *, what: Text, send: tuple[str, Text], unit: str
) -> Decision:
    permit, (action, title) = case.entity, send
    seen = view.latest(PERMIT.name, permit)
    guardian = (seen.texts["guardian"] if seen is not None else None) or ""
    pages = (call("page", guardian, about=permit),) if guardian else ()
    zone = _zone_of(permit, view) or "?"
    why = joined(
        value_and_limit(case, what=what, unit=unit), Text(zh=f"在 {zone}", en=f"in {zone}")
    )
    orders = (call("permit-suspend", permit), *pages, visit(action, permit, title=title))
    return Decision(orders=orders, why=why, alternatives=(REMIND,))


def _zone_of(permit: str, view: View) -> str | None:
    """The zone of a permit, as it says itself."""
    seen = view.latest(PERMIT.name, permit)
    zone = 0.0 if seen is None else seen.numbers["zone"]
    return f"zone/{zone:.0f}" if zone >= 1.0 else None


PERMIT_PLAYBOOKS: Final = (
    Playbook(
        name="hot-work-gas",
        title=Text(zh="动火点有可燃气体", en="Gas at hot work"),
        stream=PERMIT,
        detect=Limit(
            "lel",
            high=WORK_LEL,
            deadband=WORK_LEL - QUIET_WORK_LEL,
            severity=Severity.EXTREME,
        ),
        decide=stop_in_gas,
        close=Closure(window=GAS_WINDOW, at_least=10, holds=is_free_of_gas),
        due_in=1 * HOUR,
        roll_up=EACH,
    ),
    Playbook(
        name="hot-work-untested",
        title=Text(zh="动火无有效气体检测", en="Hot work without a valid gas test"),
        stream=PERMIT,
        detect=Limit("test_age", high=TEST_AGE_MIN, severity=Severity.SEVERE),
        decide=stop_untested,
        close=Closure(window=WINDOW, at_least=AT_LEAST, holds=is_tested, gap=GAP),
        due_in=1 * HOUR,
        roll_up=EACH,
    ),
    Playbook(
        name="work-unguarded",
        title=Text(zh="作业无监护", en="Work without its guardian"),
        stream=PERMIT,
        detect=Limit("unguarded", high=UNGUARDED_MIN, severity=Severity.SEVERE),
        decide=stop_unguarded,
        close=Closure(window=WINDOW, at_least=AT_LEAST, holds=is_guarded, gap=GAP),
        due_in=1 * HOUR,
        roll_up=EACH,
    ),
    Playbook(
        name="permit-overrun",
        title=Text(zh="作业超过许可期限", en="Work beyond its permit"),
        stream=PERMIT,
        detect=Limit("over", high=OVERRUN_MIN, severity=Severity.MODERATE),
        decide=stop_overrun,
        close=Closure(window=WINDOW, at_least=AT_LEAST, holds=is_within_time, gap=GAP),
        due_in=1 * HOUR,
        roll_up=EACH,
    ),
    Playbook(
        name="embers-unchecked",
        title=Text(zh="动火后未查余火", en="Embers not looked for after hot work"),
        stream=PERMIT,
        detect=Sequence(
            "state",
            first=COOLING,
            then=(CHECKED, CLOSED, WORKING),  # Work resumed: the watch begins again after it.
            within=EMBERS_WITHIN,
            severity=Severity.MODERATE,
        ),
        decide=check_embers,
        close=Closure(window=WINDOW, at_least=AT_LEAST, holds=has_cooled, gap=GAP),
        due_in=1 * HOUR,
        roll_up=EACH,
    ),
)
