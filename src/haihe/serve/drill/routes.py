"""The routes of drills: begin one, watch and pace it, end it, read its sheet."""

import asyncio
from typing import Annotated, Any, Final, Literal

import msgspec

from haihe.model.line import Filed
from haihe.model.time import DAY
from haihe.run.documents import list_documents
from haihe.run.drill.copy import Stand, Wanted
from haihe.run.drill.pace import SPEED_LEAST, SPEED_MOST
from haihe.run.drill.player import Phase
from haihe.run.drill.sheet import Sheet
from haihe.run.span import Span
from haihe.serve.access import ACTING_ON_RULES, READERS, READERS_AND_CREW
from haihe.serve.access.caller import check_whole
from haihe.serve.acting import person_of
from haihe.serve.calling import Asked, Operation
from haihe.serve.drill.contract import Drills
from haihe.serve.drill.keeper import KIND
from haihe.serve.kinds import Nothing, Person, When
from haihe.serve.owning import note_read
from haihe.serve.problem import conflict, malformed
from haihe.serve.spans import instant_in

SPEED: Final = 10.0  # Ours: an hour in six minutes leaves time to read a case.
Speed = Annotated[float, msgspec.Meta(ge=SPEED_LEAST, le=SPEED_MOST)]


class DrillWanted(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}
):
    """Which part of the past, how fast.

    start, to: the log's time, ISO 8601 with an offset; ``to`` a day after ``start`` if left out.
    by: who holds it, from the operator of this machine only.
    """

    start: When
    to: When = ""
    speed: Speed = SPEED
    by: Person = ""


class DrillAction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is done with the drill: stand, go on, another speed, end.

    speed: for "speed".
    """

    verb: Literal["pause", "resume", "speed", "end"]
    speed: Speed = SPEED
    by: Person = ""


class DrillShown(msgspec.Struct, frozen=True):
    """The drill there is.

    stand: null if there is none.
    is_inside: whether this is the drill's own server.
    """

    stand: Stand | None
    is_inside: bool


class DrillHeld(msgspec.Struct, frozen=True):
    """A drill that was held, as the log has it."""

    filed: Filed
    offset: int
    sheet: Sheet


async def show_drill(asked: Asked[Nothing, None]) -> DrillShown:
    """The drill there is."""
    drills = asked.platform.settings.services.drills
    if drills is None:
        return DrillShown(None, is_inside=False)
    return await _shown(drills)


async def begin_drill(asked: Asked[Nothing, DrillWanted]) -> DrillShown:
    """A drill that begins; it is prepared first."""
    check_whole(asked.caller)
    drills, body = _drills(asked), asked.body
    from_at = instant_in(body.start, 0)
    span = Span(from_at, instant_in(body.to, from_at + DAY))
    by = person_of(asked.caller, body.by)
    try:
        stand = await asyncio.to_thread(drills.begin, Wanted(span, body.speed, by))
    except ValueError as error:
        raise malformed(str(error), status=422) from error
    return DrillShown(stand, drills.is_inside)


async def act_on_drill(asked: Asked[Nothing, DrillAction]) -> DrillShown:
    """Pace the drill, or end it: then the log hears that it was held, and what came of it."""
    drills, body = _drills(asked), asked.body
    if body.verb == "end":
        return await _ended(asked, drills)
    speed = body.speed if body.verb == "speed" else None
    paused = {"pause": True, "resume": False}.get(body.verb)
    stand = await asyncio.to_thread(drills.go, speed=speed, paused=paused)
    return DrillShown(stand, drills.is_inside)


async def show_sheet(asked: Asked[Nothing, None]) -> Sheet:
    """What came of the drill so far."""
    check_whole(asked.caller)
    sheet = await asyncio.to_thread(_drills(asked).sheet)
    await _note(asked, sheet)
    return sheet


async def list_drills(asked: Asked[Nothing, None]) -> tuple[DrillHeld, ...]:
    """The drills that were held, the newest first."""
    check_whole(asked.caller)

    def read() -> tuple[DrillHeld, ...]:
        found = list_documents(asked.platform.node.log, KIND)
        return tuple(
            DrillHeld(one.filed, one.offset, msgspec.json.decode(one.filed.body, type=Sheet))
            for one in found
        )

    held = await asyncio.to_thread(read)
    await _note(asked, *(one.sheet for one in held))
    return held


async def _note(asked: Asked[Any, Any], *sheets: Sheet) -> None:
    """What sheets tell of an enterprise's things, it hears was read."""
    entities = {row.entity for sheet in sheets for row in sheet.rows}
    await note_read(asked, subject="sheets of drills", entities=entities)


async def _ended(asked: Asked[Nothing, DrillAction], drills: Drills) -> DrillShown:
    by = person_of(asked.caller, asked.body.by)
    stand = await asyncio.to_thread(drills.stand)
    if stand is None:
        raise conflict("no drill is on.")
    if stand.phase in (Phase.FAILED, Phase.PREPARING):
        await asyncio.to_thread(drills.give_up)
    else:
        await asyncio.to_thread(drills.end, by)
    return DrillShown(None, drills.is_inside)


async def _shown(drills: Drills) -> DrillShown:
    return DrillShown(await asyncio.to_thread(drills.stand), drills.is_inside)


def _drills(asked: Asked[Any, Any]) -> Drills:
    """Whoever holds drills.

    Raises Problem where nobody does.
    """
    drills = asked.platform.settings.services.drills
    if drills is None:
        raise conflict("this server holds no drills.", what_to_do="Start it with 'haihe up'.")
    return drills


DRILLS: Final = (
    Operation(
        "GET", "/drill", READERS_AND_CREW, "The drill there is", show_drill, answer=DrillShown
    ),
    Operation(
        "POST", "/drill", ACTING_ON_RULES, "Begin a drill on a part of the past",
        begin_drill, body=DrillWanted, answer=DrillShown,
    ),
    Operation(
        "POST", "/drill/actions", ACTING_ON_RULES, "Pause, resume, pace or end the drill",
        act_on_drill, body=DrillAction, answer=DrillShown,
    ),
    Operation(
        "GET", "/drill/sheet", READERS, "What came of the drill so far", show_sheet, answer=Sheet
    ),
    Operation(
        "GET", "/drills", READERS, "The drills that were held, with their sheets",
        list_drills, answer=tuple[DrillHeld, ...],
    ),
)  # fmt: skip
