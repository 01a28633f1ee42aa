"""Lines of the log as sentences, in both languages: for the terminal and for paper."""

from typing import Final

from haihe.model.decision import OrderState
from haihe.model.line import (
    Action,
    AlarmCleared,
    AlarmRaised,
    CaseClosed,
    CaseJoined,
    CaseMerged,
    CaseMoved,
    CaseOpened,
    Decided,
    Dispatched,
    Escalated,
    Line,
    OrderMoved,
    Refused,
    Verb,
)
from haihe.model.text import Text
from haihe.model.time import BEIJING, SECOND, format_instant

STATES: Final = {
    OrderState.DISPATCHED: "已派单", OrderState.DELIVERED: "已送达", OrderState.ACCEPTED: "已签收",
    OrderState.HANDLED: "已处置", OrderState.REPORTED: "已反馈", OrderState.VERIFIED: "已核查",
    OrderState.CANCELLED: "已撤销", OrderState.UNDELIVERED: "未送达",
    OrderState.OVERTAKEN: "被取代",
}  # fmt: skip
CASE_STATES: Final = {"open": "未结", "held": "挂起", "closed": "已结"}
VERBS: Final = {
    Verb.ACCEPT: "签收", Verb.HANDLE: "处置", Verb.REPORT: "反馈", Verb.VERIFY: "核查",
    Verb.SEND_BACK: "退回", Verb.CANCEL: "撤销", Verb.HOLD: "挂起", Verb.RESUME: "恢复",
    Verb.OVERRIDE: "人工结案", Verb.SHELVE: "搁置", Verb.UNSHELVE: "取消搁置", Verb.NOTE: "批注",
    Verb.DELIVERED: "送达", Verb.UNDELIVERED: "未送达", Verb.RELEASE: "放行",
    Verb.ATTACH: "附上",
}  # fmt: skip


def instant_words(at: int) -> str:
    """An instant as people in the zone read it, to the second."""
    return format_instant(at - at % SECOND, zone=BEIJING)


def line_words(line: Line) -> Text:
    """One line of the log as a sentence."""
    match line:
        case AlarmRaised(alarm=alarm):
            what = f"{alarm.rule}: {alarm.entity}" if line.because else f"{alarm.entity}"
            told = f"{what} {alarm.field} {alarm.value:g}"
            more = [part for part in (alarm.detail, line.because) if part]
            return Text(
                zh=" ".join((f"报警：{told}，限值 {alarm.limit:g}", *more)),
                en=" ".join((f"alarm: {told}, limit {alarm.limit:g}", *more)),
            )
        case AlarmCleared():
            return Text(
                zh=f"报警恢复：{line.entity} {line.value:g}",
                en=f"alarm over: {line.entity} at {line.value:g}",
            )
        case Action():
            return _act_words(line)
        case Refused():
            return Text(
                zh=f"未获准 {VERBS.get(line.verb, line.verb.value)} {line.by}：{line.reason}",
                en=f"refused {line.verb} by {line.by}: {line.reason}",
            )
        case _:
            return _case_words(line)


def _act_words(act: Action) -> Text:
    """What somebody did as a sentence, with what they attached and when they did it."""
    verb = VERBS.get(act.verb, act.verb.value)
    more = ""
    if (file := act.file) is not None:
        more += f" [{file.name}, {file.media_type}, {file.size} bytes, sha256 {file.sha256}]"
    if act.observed_at:
        more += f" ({instant_words(act.observed_at)})"
    return Text(
        zh=f"{act.by}：{verb} {act.subject} {act.reason}".rstrip() + more,
        en=f"{act.by}: {act.verb} {act.subject} {act.reason}".rstrip() + more,
    )


def _case_words(line: Line) -> Text:
    """One line about a case as a sentence."""
    match line:
        case CaseOpened():
            due = instant_words(line.due_at)
            return Text(
                zh=f"立案，期限 {due}" + (f"，前案 {line.again}" if line.again else ""),
                en=f"case opened, due {due}"
                + (f", again after {line.again}" if line.again else ""),
            )
        case CaseJoined():
            return Text(
                zh=f"{line.entity} 并入：{line.because}", en=f"{line.entity} joined: {line.because}"
            )
        case CaseMerged():
            return Text(
                zh=f"案卷 {line.case} 并入 {line.into}：{line.because}",
                en=f"case {line.case} went on in {line.into}: {line.because}",
            )
        case Decided():
            failed = f" (the pack failed: {line.failed})" if line.failed else ""
            return Text(
                zh=f"决策 {line.number}：{line.why.zh}{failed}",
                en=f"decision {line.number}: {line.why.en}{failed}",
            )
        case CaseMoved():
            state = CASE_STATES.get(line.state, line.state)
            return Text(
                zh=f"案卷{state} {line.by}：{line.reason}",
                en=f"case {line.state} by {line.by}: {line.reason}",
            )
        case CaseClosed():
            by = f" by {line.by}" if line.by else ""
            return Text(
                zh=f"结案{' ' + line.by if line.by else ''}：{line.why.zh}",
                en=f"case closed{by}: {line.why.en}",
            )
        case _:
            return _order_words(line)


def _order_words(line: Line) -> Text:
    """One line about an order as a sentence; another by its kind's name."""
    match line:
        case Dispatched():
            to = line.order.assignee
            return Text(
                zh=f"派单 {line.id} → {to}：{line.order.title.zh}",
                en=f"order {line.id} to {to}: {line.order.title.en}",
            )
        case OrderMoved():
            return Text(
                zh=f"工单 {line.id} {STATES[line.state]} {line.by} {line.reason}".rstrip(),
                en=f"order {line.id} {line.state} by {line.by} {line.reason}".rstrip(),
            )
        case Escalated():
            return Text(
                zh=f"超期：{line.order or '案卷'} 催办 {line.to}",
                en=f"overdue: {line.order or 'the case'} escalated to {line.to}",
            )
        case _:
            name = type(line).__name__
            return Text(zh=name, en=name)
