"""``/traffic/backtests``: a recorded stretch of the streets, driven again and compared."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import Meta
from starlette.responses import Response

from haihe import __version__
from haihe.errors import PackInvalid
from haihe.model.text import Text
from haihe.model.time import DAY, HOUR, parse_instant
from haihe.pack.loop import Tuned
from haihe.pack.study import Study
from haihe.run.engine import Engine
from haihe.run.studying import study_of
from haihe.serve.access import ACTING_ON_RULES, READERS, check_scope
from haihe.serve.access.caller import check_whole
from haihe.serve.acting import person_of
from haihe.serve.calling import HEADERS, Asked, Operation, Reply
from haihe.serve.checking import RUN
from haihe.serve.kinds import Nothing, Person, Reason
from haihe.serve.owning import note_read
from haihe.serve.problem import malformed, unknown
from haihe.serve.rules import SettingName
from haihe.serve.traffic.asked_days import Driving
from haihe.serve.traffic.backtest_table import Language, table_of
from haihe.serve.traffic.backtesting import Backtest
from haihe.serve.traffic.lane_days import OPTIONS, ClockTime, Day, TurnBody
from haihe.twin.lane_day import FLIPS_MOST, Flip
from haihe.twin.street_day import OTHERS_MOST, StreetAnswer, StreetQuestion

STUDY: Final = "traffic.backtest"
STREAM: Final = "traffic.road_flow"
LOOPS: Final = ("traffic.signals", "traffic.tidal")
STREET_HOURS_MOST: Final = 96.0  # Ours: a day, two draws, two ways; docs/traffic.md: some hours.
WAIT_S: Final = 6 * 3600.0  # Ours: a night.
SHORTER: Final = "ask for a shorter stretch or fewer draws, or use 'haihe traffic backtest'."
CSV: Final = "text/csv; charset=utf-8"
LISTED_MOST: Final = 50  # As ``backtesting.KEPT_MOST``.
SettingValue: TypeAlias = Annotated[float, Meta(ge=-10_000, le=10_000)]
Others: TypeAlias = Annotated[dict[SettingName, SettingValue], Meta(max_length=OTHERS_MOST)]


class BacktestBody(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}
):
    """What is asked.

    day: there, such as 2026-11-20. start, to: the stretch, times of that day; past midnight where
        ``to`` is not later; 24 h at most.
    seeds: draws of the arrivals.
    settings: beside them the loops with other settings ("signals.patience_s") or the plan with
        other times ("plan.J0101.offset_s", "plan.J0101.stage0_s"), to its number.
    turns: beside them the plan with the lane turned by this timetable.
    reason: what it is for. by: who asks, from the operator of this machine only.
    """

    day: Day
    start: ClockTime = "07:00"
    to: ClockTime = "09:00"
    seeds: Annotated[int, Meta(ge=2, le=10)] = 3
    settings: Others = {}
    turns: Annotated[tuple[TurnBody, ...], Meta(max_length=FLIPS_MOST)] = ()
    reason: Reason = ""
    by: Person = ""


class BacktestListed(msgspec.Struct, frozen=True):
    """One in a list; said: its sentence, or why there is none; null while it runs."""

    number: int
    by: str
    reason: str
    asked_at: int
    from_at: int
    to_at: int
    done: float
    is_running: bool
    said: Text | None


class TableQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In which language the table's words are."""

    language: Language = "zh"


async def list_backtests(asked: Asked[Nothing, None]) -> tuple[BacktestListed, ...]:
    """The one that runs and those that are kept, the newest first."""
    _check(asked)
    backtests = asked.platform.backtests

    def read() -> list[Backtest]:
        running = [backtests.running] if backtests.running is not None else []
        kept = [one for one in backtests.numbers() if not running or one != running[0].number]
        return [*running, *(backtests.find(one) for one in kept[:LISTED_MOST])]

    return tuple(_listed(one) for one in await asyncio.to_thread(read))


async def list_settings(asked: Asked[Nothing, None]) -> tuple[str, ...]:
    """What may be tried with other numbers, by name."""
    _check(asked)
    return _study(asked).settings


async def begin_backtest(asked: Asked[Nothing, BacktestBody]) -> Reply:
    """Begin one; ask again for how much is done, and what came of it."""
    _check(asked)
    platform, body = asked.platform, asked.body
    by = person_of(asked.caller, body.by)
    running = await platform.answers.of(platform.node.ask(_running))
    question = question_of(body, running=running)
    await asyncio.to_thread(_check_question, asked, question)
    await note_read(asked, subject="backtest", entities=[])
    backtest = Backtest(
        number=await asyncio.to_thread(platform.backtests.next_number),
        by=by,
        reason=body.reason,
        asked_at=platform.moments.next(),
        version=__version__,
        offset=platform.node.engine.next_offset,
        question=question,
    )
    folder = platform.node.log.path.parent
    driving = Driving(command_of(folder, body=body, running=running), WAIT_S, SHORTER)
    platform.backtests.begin(backtest, driving, days=platform.asked_days)
    return Reply(backtest, 202)


async def show_backtest(asked: Asked[Nothing, None]) -> Backtest:
    """One, with its answer once it is there."""
    _check(asked)
    return await asyncio.to_thread(asked.platform.backtests.find, int(asked.path["backtest"]))


async def stop_backtest(asked: Asked[Nothing, None]) -> Reply:
    """Stop the one that runs, or throw one away."""
    _check(asked)
    await asked.platform.backtests.stop(int(asked.path["backtest"]))
    return Reply(None, 204)


async def show_table(asked: Asked[TableQuery, None]) -> Response:
    """Its figures as a table for a spreadsheet, road by road."""
    _check(asked)
    number = int(asked.path["backtest"])
    backtest = await asyncio.to_thread(asked.platform.backtests.find, number)
    if backtest.answer is None:
        raise unknown(f"backtest {number} has no answer.", what_to_do="Look whether it still runs.")
    name = f'attachment; filename="backtest-{number}.csv"'
    table = table_of(backtest, backtest.answer, language=asked.query.language)
    return Response(table, 200, {**HEADERS, "content-disposition": name}, media_type=CSV)


def question_of(body: BacktestBody, *, running: tuple[tuple[str, float], ...]) -> StreetQuestion:
    """What a body asks.

    Raises Problem if nobody could answer it.
    """
    try:
        from_at, to_at = (
            parse_instant(f"{body.day}T{at}:00+08:00") for at in (body.start, body.to)
        )
        to_at += DAY if to_at <= from_at else 0
        turns = [(parse_instant(f"{body.day}T{one.time}:00+08:00"), one.way) for one in body.turns]
        flips = sorted(((at + (DAY if at < from_at else 0)), way) for at, way in turns)
        question = StreetQuestion(
            from_at,
            to_at,
            body.seeds,
            other=tuple(body.settings.items()),
            flips=tuple(Flip(at, way) for at, way in flips),
            running=running,
        )
    except ValueError as error:
        raise malformed(str(error), status=422) from error
    ways = 2 + bool(body.settings) + any(name.startswith("plan.") for name in body.settings)
    hours = (to_at - from_at) / HOUR * body.seeds * (ways + bool(flips))
    if hours > STREET_HOURS_MOST:
        raise malformed(
            f"that are {hours:.0f} hours of streets to drive, {STREET_HOURS_MOST:.0f} are allowed; "
            + SHORTER,
            status=422,
        )
    return question


def _at(day: str, clock: str) -> int:
    return parse_instant(f"{day}T{clock}:00+08:00")


def command_of(
    folder: Path, *, body: BacktestBody, running: tuple[tuple[str, float], ...]
) -> list[str]:
    """The program that answers, and prints JSON."""
    given = [f"--day={body.day}", f"--from={body.start}", f"--to={body.to}"]
    given += [f"--seeds={body.seeds}", "--json", "--parts"]
    given += [f"--set={name}={value}" for name, value in body.settings.items()]
    given += [f"--running={name}={value}" for name, value in running]
    given += [f"{OPTIONS[turn.way]}={turn.time}" for turn in body.turns]
    return [sys.executable, "-c", RUN, "haihe", "traffic", "backtest", str(folder), *given]


def _check(asked: Asked[Any, Any]) -> None:
    """Refuse whoever does not see all streets: the answer is of all of them.

    Raises Problem.
    """
    check_scope(asked.caller, STREAM)
    if asked.caller.areas:
        check_whole(asked.caller)


def _check_question(asked: Asked[Any, Any], question: StreetQuestion) -> None:
    """Refuse what no pack here can answer, or what cannot be tried, before a program is begun.

    Raises Problem.
    """
    try:
        _study(asked).reads(question)
    except ValueError as error:
        raise malformed(str(error), status=422) from error


def _study(asked: Asked[Any, Any]) -> Study[StreetQuestion, StreetAnswer]:
    """What answers here.

    Raises Problem if no pack does.
    """
    packs = asked.platform.node.engine.packs
    try:
        return study_of(packs, STUDY, question=StreetQuestion, answer=StreetAnswer)
    except PackInvalid as error:
        raise unknown(str(error), what_to_do="GET /packs lists what runs.") from error


def _running(engine: Engine) -> tuple[tuple[str, float], ...]:
    """The loops' settings in force, where they are not as shipped."""
    found: list[tuple[str, float]] = []
    for name in LOOPS:
        rule = engine.loops.get(name)
        control = rule.loop.control if rule is not None else None
        if rule is None or not isinstance(control, Tuned):
            continue
        numbers, own = control.numbers(), name.partition(".")[2]
        told = (one for one, _ in rule.settings if one in numbers)
        found += [(f"{own}.{one}", float(numbers[one])) for one in told]
    return tuple(found)


def _listed(one: Backtest) -> BacktestListed:
    said = None
    if one.answer is not None:
        said = one.answer.refused or one.answer.sentence
    elif one.error:
        said = Text(zh=one.error, en=one.error)
    return BacktestListed(
        number=one.number,
        by=one.by,
        reason=one.reason,
        asked_at=one.asked_at,
        from_at=one.question.from_at,
        to_at=one.question.to_at,
        done=one.done,
        is_running=not one.done_at,
        said=said,
    )


BACKTESTS: Final = (
    Operation(
        "GET", "/traffic/backtests", READERS, "Recorded stretches that were driven again",
        list_backtests, answer=tuple[BacktestListed, ...],
    ),
    Operation(
        "POST", "/traffic/backtests", ACTING_ON_RULES,
        "Drive a recorded stretch again, under the plan, the loops, and what is tried beside them",
        begin_backtest, body=BacktestBody, answer=Backtest, good=(202,),
    ),
    Operation(
        "GET", "/traffic/backtest-settings", READERS,
        "What a backtest may try with other numbers, by name",
        list_settings, answer=tuple[str, ...],
    ),
    Operation(
        "GET", "/traffic/backtests/{backtest}", READERS, "A backtest with its answer",
        show_backtest, answer=Backtest,
    ),
    Operation(
        "DELETE", "/traffic/backtests/{backtest}", ACTING_ON_RULES,
        "Stop a backtest that runs, or throw one away", stop_backtest,
    ),
    Operation(
        "GET", "/traffic/backtests/{backtest}/table", READERS,
        "Its figures as a table for a spreadsheet", show_table, query=TableQuery, media="text/csv",
    ),
)  # fmt: skip
