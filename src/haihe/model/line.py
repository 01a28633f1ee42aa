"""The lines of the log that are not observations: what was told, done and decided.

Facts come in through the door (``Fact``): operators' actions, entities, declared streams, the
clock, receipts. Steps come out of a tick (``Step``). Both are frozen, tagged with ``line`` and
written as JSON whose bytes depend on the value alone, so that the same log gives the same bytes.
"""

from enum import StrEnum
from typing import Final, TypeAlias

import msgspec

from haihe.model.alarm import Alarm, Severity
from haihe.model.decision import Order, OrderState
from haihe.model.entity import Entity
from haihe.model.stream import Stream
from haihe.model.text import Text


class Verb(StrEnum):
    """What a person (or a sink, for the receipts) can do."""

    ACCEPT = "accept"  # 签收
    HANDLE = "handle"  # 处置
    REPORT = "report"  # 反馈
    VERIFY = "verify"  # 核查: by someone who did not handle it
    SEND_BACK = "send-back"  # 退回: the verifier is not content
    CANCEL = "cancel"  # 撤销 an order
    HOLD = "hold"  # 挂起 a case, out of the clocks until ``until``
    RESUME = "resume"  # 恢复
    OVERRIDE = "override"  # 人工结案: close a case by hand, with a reason
    SHELVE = "shelve"  # 搁置: no new case from a rule (and entity) until ``until``
    UNSHELVE = "unshelve"
    NOTE = "note"  # 批注
    ATTACH = "attach"  # 附件: a photo or another file, to an order or a case
    DELIVERED = "delivered"  # a sink's receipt
    UNDELIVERED = "undelivered"  # a sink gave up; the order lies in the dead letters
    RELEASE = "release"  # 放行 a quarantined record
    SHADOW = "shadow"  # 影子运行: run a rule with other settings beside the live one
    UNSHADOW = "unshadow"
    PROPOSE = "propose"  # 提请转正: somebody wants the shadow's settings live
    AGREE = "agree"  # 同意: somebody else does too, and they are
    DECLINE = "decline"  # 不同意: not so; the shadow runs on
    PROMOTE = "promote"  # 转正 by one alone: in older logs; nobody can say it any more
    KEEP = "keep"  # 保存期限: how long history is kept
    STEP_BACK = "step-back"  # 退回上一版
    TELL = "tell"  # 登记: something for a pack's ledger; the subject is "pack what"


class _Line(msgspec.Struct, frozen=True, kw_only=True, tag_field="line"):
    """Common to all lines; ``at`` is the log's time, ns."""

    at: int


class Attached(msgspec.Struct, frozen=True, kw_only=True):
    """附件: a file that lies beside the log under its hash; the line that names it is the truth.

    sha256: of its bytes, in hex.
    size: bytes.
    media_type: what its bytes are, whatever its sender called it.
    name: what people call it; no path.
    """

    sha256: str
    size: int
    media_type: str
    name: str


class Action(_Line, frozen=True, kw_only=True, tag="action"):
    """What a person did, or a sink reported.

    verb: what was done.
    subject: the order's, case's, rule's or quarantined record's id.
    by: who.
    reason: why, in their words.
    until: for hold and shelve; ns.
    settings: for shadow: field of the detector or closure to its new value, as JSON text; for
        tell: what the ledger is told.
    second: a second person where two must agree; in older logs.
    key: the sender's own name for this very act: told again, it is done once; "" for none.
    observed_at: when it was done by the doer's own clock, if they said (a phone without network
        tells it later); ns, 0 for at once.
    file: for attach.
    outcome: for report: how it ended, where the order knows several ways.
    sha256: for agree: hash of the settings they were shown, in hex.
    """

    verb: Verb
    subject: str
    by: str
    reason: str = ""
    until: int = 0
    settings: dict[str, str] = {}
    second: str = ""
    key: str = ""
    observed_at: int = 0
    file: Attached | None = None
    outcome: str = ""
    sha256: str = ""


class EntityTold(_Line, frozen=True, kw_only=True, tag="entity"):
    """Someone told us of an entity, anew or again."""

    entity: Entity
    by: str = ""


class StreamDeclared(_Line, frozen=True, kw_only=True, tag="stream"):
    """A stream's fields, anew or changed; fields may be added, never taken away."""

    stream: Stream
    by: str = ""


class Clock(_Line, frozen=True, kw_only=True, tag="clock"):
    """Time passed and something was due, while no record came."""


class Sealed(_Line, frozen=True, kw_only=True, tag="sealed"):
    """Old records were written to a history file; its hash makes it part of the log."""

    stream: str
    path: str
    rows: int
    first_offset: int
    last_offset: int
    sha256: str


class Expired(_Line, frozen=True, kw_only=True, tag="expired"):
    """A history file older than its retention was deleted."""

    stream: str
    path: str
    rows: int
    sha256: str


class Filed(_Line, frozen=True, kw_only=True, tag="filed"):
    """归档: a document as somebody signed it; whatever changes later is a new version.

    id, kind: such as "handover-3" and "handover".
    version: 1 for the first; replaces: the SHA-256 of the one before, "" for the first.
    by: who signed it; people: who else took part in what it tells of.
    body: the document as JSON text; sha256: of its UTF-8 bytes, in hex.
    """

    id: str
    kind: str
    version: int
    replaces: str
    by: str
    people: tuple[str, ...] = ()
    body: str
    sha256: str


class Signed(_Line, frozen=True, kw_only=True, tag="signed"):
    """会签: a second person signed a document of the log, as it is."""

    id: str
    version: int
    sha256: str
    by: str


class AlarmRaised(_Line, frozen=True, kw_only=True, tag="alarm-raised"):
    """报警."""

    alarm: Alarm
    case: str  # "" where the rule is shelved.
    because: str = ""  # Why a case of another rule answers for it; "" where it is its own rule's.


class AlarmCleared(_Line, frozen=True, kw_only=True, tag="alarm-cleared"):
    """报警恢复: the detector's condition is over; that alone closes nothing."""

    rule: str
    entity: str
    value: float
    observed_at: int
    offset: int


class CaseOpened(_Line, frozen=True, kw_only=True, tag="case-opened"):
    """立案."""

    case: str
    rule: str
    version: str
    entity: str
    severity: Severity
    due_at: int
    again: str = ""  # The case of the same episode that had closed here; "" if none had.


class CaseJoined(_Line, frozen=True, kw_only=True, tag="case-joined"):
    """An alarm that belongs to an open case: same place and cause, or a neighbour's."""

    case: str
    entity: str
    severity: Severity
    because: str  # "same entity", "neighbour of zone/7"


class CaseMerged(_Line, frozen=True, kw_only=True, tag="case-merged"):
    """并案: an open case that nobody had touched goes on as part of another, which explains it."""

    case: str
    into: str
    because: str  # "gallery.air-silent under gallery.gateway-silent".


class Decided(_Line, frozen=True, kw_only=True, tag="decided"):
    """决策: what the playbook decided, from which records, by which version."""

    case: str
    number: int
    rule: str
    version: str
    settings: str  # SHA-256 of the rule's settings.
    why: Text
    alternatives: tuple[Text, ...]
    orders: tuple[str, ...]
    saw: tuple[int, ...]  # Offsets of the records it asked the view for.
    failed: str = ""  # Why the pack could not decide; a person has to.


class Dispatched(_Line, frozen=True, kw_only=True, tag="dispatched"):
    """派单."""

    id: str
    case: str
    order: Order
    due_at: int


class OrderMoved(_Line, frozen=True, kw_only=True, tag="order-moved"):
    """An order went from one state to another."""

    id: str
    state: OrderState
    by: str
    reason: str = ""
    outcome: str = ""


class CaseMoved(_Line, frozen=True, kw_only=True, tag="case-moved"):
    """A case was held or resumed."""

    case: str
    state: str
    by: str
    reason: str = ""


class CaseClosed(_Line, frozen=True, kw_only=True, tag="case-closed"):
    """结案: on which evidence, or by whom and why."""

    case: str
    why: Text
    first_offset: int  # The first and last record of the evidence; -1 where a person closed it.
    last_offset: int
    by: str = ""


class Escalated(_Line, frozen=True, kw_only=True, tag="escalated"):
    """催办 / 升级: a deadline passed."""

    case: str
    order: str  # "" where it is the case itself.
    to: str
    due_at: int


class TurnTaken(_Line, frozen=True, kw_only=True, tag="turn-taken"):
    """回路一拍: a loop decided something; its ``Decided`` lines follow."""

    rule: str
    version: str
    settings: str  # SHA-256 of the loop's settings.
    number: int  # The first decision's.
    decisions: int
    first_offset: int  # Of what was logged since the turn before; its own streams' records count.
    end_offset: int
    pack_version: str = ""  # "" in older logs.


class EffectMeasured(_Line, frozen=True, kw_only=True, tag="effect-measured"):
    """效果: what a loop's order brought about, some time after it was given."""

    order: str
    rule: str
    entity: str
    value: float
    expected: float
    is_good: bool
    why: Text


class Refused(_Line, frozen=True, kw_only=True, tag="refused"):
    """An action that the state of things did not allow; it changed nothing."""

    verb: Verb
    subject: str
    by: str
    reason: str


class RuleChanged(_Line, frozen=True, kw_only=True, tag="rule-changed"):
    """转正 or 退回: a rule's settings in force from here on."""

    rule: str
    version: str
    settings: dict[str, str]
    by: str
    second: str
    reason: str


class RuleFailed(_Line, frozen=True, kw_only=True, tag="rule-failed"):
    """A pack's code raised or did not end; the rule is stopped, all others run on."""

    rule: str
    failed: str


Fact: TypeAlias = Action | EntityTold | StreamDeclared | Clock | Sealed | Expired | Filed | Signed
Step: TypeAlias = (
    AlarmRaised
    | AlarmCleared
    | CaseOpened
    | CaseJoined
    | CaseMerged
    | Decided
    | Dispatched
    | OrderMoved
    | CaseMoved
    | CaseClosed
    | Escalated
    | TurnTaken
    | EffectMeasured
    | Refused
    | RuleChanged
    | RuleFailed
)
Line: TypeAlias = Fact | Step
FACTS: Final = (Action, EntityTold, StreamDeclared, Clock, Sealed, Expired, Filed, Signed)

_encoder: Final = msgspec.json.Encoder(order="deterministic")
_decoder: Final[msgspec.json.Decoder[Line]] = msgspec.json.Decoder(Line)


def encode_lines(lines: list[Line]) -> bytes:
    """The lines as NDJSON; equal values give equal bytes.

    >>> encode_lines([Clock(at=5)])
    b'{"line":"clock","at":5}\\n'
    """
    return _encoder.encode_lines(lines)


def decode_lines(data: bytes) -> list[Line]:
    """The lines of an NDJSON body.

    Raises ValueError if a line is none of ours.
    """
    return _decoder.decode_lines(data)
