"""What people do, told to the log as facts; and whether the engine let it happen."""

import asyncio
from dataclasses import dataclass

import msgspec
from starlette.types import Scope

from haihe.feed.door import instant_of
from haihe.model.line import Action, Attached, Refused, Verb, decode_lines
from haihe.run.answered import act_at, is_same
from haihe.run.keeping import STEP
from haihe.run.node import Node
from haihe.serve.access import Caller
from haihe.serve.ingest import key_of as idempotency_key
from haihe.serve.kinds import Person, Reason
from haihe.serve.platform import Platform
from haihe.serve.problem import Problem, conflict, forbidden, malformed


class Who(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who acts and why.

    by: a name, from the operator of this machine only; everybody else acts under their own.
    """

    by: Person = ""
    reason: Reason = ""


@dataclass(frozen=True, slots=True)
class Doing:
    """An action, but for when and by whom.

    until: ns; 0 for none.
    settings: name to JSON text.
    observed_at: when it was done, by the doer's own clock; ns, 0 for now.
    key: the sender's own name for the act; "" for none.
    file: what is attached.
    outcome: of a report, where the order knows several.
    sha256: of the settings agreed to; hex.
    second: who else stands for it, where a ledger wants two names.
    """

    verb: Verb
    subject: str
    reason: str = ""
    until: int = 0
    settings: tuple[tuple[str, str], ...] = ()
    observed_at: int = 0
    key: str = ""
    file: Attached | None = None
    outcome: str = ""
    sha256: str = ""
    second: str = ""


@dataclass(frozen=True, slots=True)
class Did:
    """What the log took.

    offset: where it stands.
    act: as it stands there.
    is_repeated: whether it was told before, and this time did nothing.
    """

    offset: int
    act: Action
    is_repeated: bool


def person_of(caller: Caller, by: str) -> str:
    """Under which name the caller acts.

    Raises Problem if they name somebody else without being the operator of this machine.
    """
    if caller.is_local:
        return by or caller.name
    if by not in ("", caller.name):
        raise forbidden(
            f"{caller.name} cannot act as {by}.",
            what_to_do="Leave 'by' out; the name is that of the token.",
        )
    return caller.name


def instant_said(text: str, what: str) -> int:
    """The instant a request names; 0 for none; ns.

    what: by which name.
    Raises Problem if it is not one.
    """
    try:
        return instant_of(text) if text else 0
    except ValueError as error:
        raise malformed(f"{what}: {error}", status=422) from error


def until_of(text: str) -> int:
    """Until when a request says that something holds; 0 for none; ns.

    Raises Problem if it is no instant.
    """
    return instant_said(text, "until")


def key_said(scope: Scope) -> str:
    """The sender's own name for an act, its Idempotency-Key; "" for none.

    Raises Problem if it cannot be one.
    """
    return idempotency_key(dict(scope["headers"]))


async def do(platform: Platform, doing: Doing, *, by: str) -> Did:
    """Tell the log of an action and wait for what the engine makes of it.

    by: who acts. Under one of their keys it is done once; told again, it gets the same answer.
    Raises Problem with the engine's reason if it was refused; if the key was another act's.
    """
    action = Action(
        at=platform.moments.next(),
        verb=doing.verb,
        subject=doing.subject,
        by=by,
        reason=doing.reason,
        until=doing.until,
        settings=dict(doing.settings),
        sha256=doing.sha256,
        key=doing.key,
        observed_at=doing.observed_at,
        file=doing.file,
        outcome=doing.outcome,
        second=doing.second,
    )
    offset = await platform.answers.of(platform.node.tell(action))
    first = action
    if doing.key:
        first = await asyncio.to_thread(act_at, platform.node.log, offset)
        if not is_same(first, action):
            raise _key_taken(doing.key)
    reason = await asyncio.to_thread(refusal_of, platform.node, first, offset=offset)
    if reason:
        raise conflict(reason)
    return Did(offset, first, is_repeated=first.at != action.at)


def _key_taken(key: str) -> Problem:
    return Problem(
        422,
        "key-taken",
        message=f"Idempotency-Key '{key}' came with something else before.",
        what_to_do="Take a new key for every act; only a repetition of the same one has the same.",
    )


def refusal_of(node: Node, action: Action, *, offset: int) -> str:
    """Why the engine refused an action; "" if it did not.

    offset: of the action. What follows from it stands in the first steps after it, and no other
    action has its time, so that whatever else came in meanwhile is not taken for it.
    """
    entry = next(node.log.read(offset, streams=(STEP,)), None)
    if entry is None or entry.body is None:
        return ""
    for line in decode_lines(entry.body):
        if (
            isinstance(line, Refused)
            and (line.at, line.verb, line.subject) == (action.at, action.verb, action.subject)
            and line.by == action.by
        ):
            return line.reason
    return ""
