"""People's words on junctions and lanes, as records under their own name."""

from typing import Annotated, Any, Final, Literal

import msgspec
import numpy as np

from haihe.feed.door import TEXT_MAX
from haihe.model.record import Rows
from haihe.model.stream import Stream
from haihe.run.appending import Arrival
from haihe.serve.access import Caller, check_scope
from haihe.serve.acting import key_said, person_of
from haihe.serve.calling import Asked, Reply
from haihe.serve.consent import has_signed_in
from haihe.serve.ingest import Sent, claim
from haihe.serve.kinds import PERSON_MAX, Nothing, Person
from haihe.serve.platform import Platform
from haihe.serve.problem import Problem, forbidden, malformed
from haihe.serve.sight import check_reach
from haihe.serve.traffic.room import Taken, junction_view, lane_view, taken

WORDS_MAX: Final = 500  # Ours: what fits on a screen at night; and less than a text may have.
STAGE_MAX: Final = 63  # As the stream has it.
CONFIRM: Final = "confirm-empty"

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=WORDS_MAX)]
StageNumber = Annotated[int, msgspec.Meta(ge=0, le=STAGE_MAX)]
assert PERSON_MAX < TEXT_MAX > WORDS_MAX


class Act(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who acts and why; the reason is asked of everybody.

    by: a name, from the operator of this machine only; everybody else acts under their own.
    """

    reason: Words
    by: Person = ""


class JunctionAct(Act, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """保持, 解除: a stage is held, or the junction given back.

    stage: for hold: which one, as ``stages`` of the junction names it.
    """

    act: Literal["hold", "release"]
    stage: StageNumber | None = None


class LaneAct(Act, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """关闭, 进城, 出城, 交还: a lane is closed, to be opened one way, or given back.

    Opening waits for the proof that it is empty all the same.
    """

    act: Literal["close", "in", "out", "release"]


class HandTaken(msgspec.Struct, frozen=True):
    """What the log took; the loop hears it at its next turn.

    who: under which name. is_repeated: whether it was told before, and this time did nothing.
    """

    entity: str
    act: str
    who: str
    reason: str
    is_repeated: bool


async def act_on_junction(asked: Asked[Nothing, JunctionAct]) -> Reply:
    """Hold a stage of a junction, or give the junction back."""
    body, found = asked.body, await taken(asked)
    view = await junction_view(asked, found, entity=asked.path["entity"])
    known = [one.number for one in view.state.stages]
    if body.act == "hold" and body.stage not in known:
        stages = ", ".join(map(str, known))
        raise malformed(f"stage is {body.stage}; {view.state.entity} has {stages}.", status=422)
    if body.act == "release" and body.stage is not None:
        raise malformed("'release' takes no stage.", status=422)
    stage = float("nan") if body.stage is None else float(body.stage)
    return await _told(
        asked, found, stream=found.room.junction_hand, act=body.act, numbers={"stage": stage}
    )


async def act_on_lane(asked: Asked[Nothing, LaneAct]) -> Reply:
    """Close a lane, want it open one way, or give it back."""
    found = await taken(asked)
    await lane_view(asked, found, entity=asked.path["entity"])
    return await _told(asked, found, stream=found.room.lane_hand, act=asked.body.act, numbers={})


async def confirm_empty(asked: Asked[Nothing, Act]) -> Reply:
    """Stand for a lane's being empty, in the place of detectors, for a short time."""
    found = await taken(asked)
    await lane_view(asked, found, entity=asked.path["entity"])
    if not asked.caller.is_local and not has_signed_in(asked.platform, asked.caller):
        raise forbidden(
            "to say that a lane is empty, sign in with your own account; a token is not enough.",
            what_to_do="Open the console, sign in with name and password, and look at the lane.",
        )
    return await _told(asked, found, stream=found.room.lane_hand, act=CONFIRM, numbers={})


async def _told(
    asked: Asked[Any, Any], found: Taken, *, stream: Stream, act: str, numbers: dict[str, float]
) -> Reply:
    """Write somebody's word into the log.

    Raises Problem if they may not, or gave no reason.
    """
    platform, caller, entity = asked.platform, asked.caller, asked.path["entity"]
    check_scope(caller, found.pack.name)
    check_reach(platform.node, caller, entities=(entity,))
    _check_person(caller)
    who, reason = person_of(caller, asked.body.by).strip(), asked.body.reason.strip()
    if not reason or not who:
        raise malformed("it needs a name and a reason; say in 'reason' why.", status=422)
    texts = {"act": act, "who": who, "reason": reason}
    key = await _key(platform, asked, stream=stream, told=(entity, act, who, reason, str(numbers)))
    rows = Rows(
        stream=stream.name,
        ids=(entity,),
        codes=np.zeros(1, dtype=np.int32),
        observed_at=np.array([platform.moments.next()], dtype=np.int64),
        numbers={name: np.array([value]) for name, value in numbers.items()},
        texts={name: np.array([text], dtype=object) for name, text in texts.items()},
    )
    receipt = await platform.answers.of(platform.node.submit(Arrival(rows, key=key)))
    if not receipt.taken and not receipt.repeated:
        raise Problem(409, "conflict", message=f"it was not taken: {'; '.join(receipt.reasons)}")
    taken_now = bool(receipt.taken)
    answer = HandTaken(entity, act, who, reason, is_repeated=not taken_now)
    return Reply(answer, 201 if taken_now else 200)


def _check_person(caller: Caller) -> None:
    """Refuse who is no person here.

    Raises Problem.
    """
    if not caller.is_local and not caller.account:
        raise forbidden(
            f"{caller.name} is nobody's account; this is a person's word.",
            what_to_do="Sign in with an account of your own; machines write to the stream.",
        )


async def _key(
    platform: Platform, asked: Asked[Any, Any], *, stream: Stream, told: tuple[str, ...]
) -> str:
    """The key of a repetition; "" without an Idempotency-Key.

    Raises Problem if it came with something else before.
    """
    key = key_said(asked.scope)
    if not key:
        return ""
    return await claim(platform, Sent(asked.caller, stream, repr(told).encode(), key))
