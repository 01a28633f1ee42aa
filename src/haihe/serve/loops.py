"""控制回路: what decides on a clock, how it does, and what people do to it."""

from typing import Annotated, Any, Final, TypeAlias

import msgspec

from haihe.model.line import Verb
from haihe.model.text import Text
from haihe.run.consent import Proposal
from haihe.run.engine import Engine
from haihe.run.loop_rule import LoopRule, loop_settings
from haihe.run.shadow import Agreement
from haihe.run.spoken import RECENT_MAX, Measured, Said, Spoken
from haihe.serve.access import ACTING_ON_RULES, READERS, check_verb
from haihe.serve.calling import Asked, Operation
from haihe.serve.kinds import Nothing
from haihe.serve.problem import unknown
from haihe.serve.rules import (
    RuleAction,
    Shelf,
    Tunable,
    act_on,
    agreement_of,
    shelves_of,
    standing,
    tunable,
)
from haihe.serve.sight import Sight, check_reach, sight_of

Recent: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=RECENT_MAX)]


class LoopsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked of loops.

    recent: how many of the last decisions of each.
    """

    recent: Recent = 5


class LoopShown(msgspec.Struct, frozen=True, kw_only=True):
    """A loop as it runs now.

    every: from turn to turn; ns. turn_at: when its last one was, whatever it decided.
    decisions: how many it took. overtaken: how many of its orders never left: a newer one took
        their place, they were refused, or their time was over.
    failed: why it was stopped; "" while it runs.
    shelved: what of it a person holds: a thing it steers gets no order, or nothing does.
    shadow, steps_back, proposal, tunable, settings: as of a rule.
    recent: its last decisions, the newest first. effects: what orders brought about, likewise.
    """

    name: str
    title: Text
    pack: str
    streams: tuple[str, ...]
    version: str
    settings: dict[str, str]
    every: int
    turn_at: int
    decisions: int
    overtaken: int
    failed: str
    shelved: tuple[Shelf, ...]
    shadow: dict[str, str] | None
    steps_back: int
    tunable: tuple[Tunable, ...]
    proposal: Proposal | None
    recent: tuple[Said, ...]
    effects: tuple[Measured, ...]


async def list_loops(asked: Asked[LoopsQuery, None]) -> tuple[LoopShown, ...]:
    """Every loop the caller may see, by name."""
    platform, caller, recent = asked.platform, asked.caller, asked.query.recent
    sight = sight_of(platform.node, caller)

    def look(engine: Engine) -> list[LoopShown]:
        return [
            _shown(engine, rule, recent=recent, sight=sight)
            for name, rule in sorted(engine.loops.items())
            if caller.sees(name)
        ]

    return tuple(await platform.answers.of(platform.node.ask(look)))


async def show_loop(asked: Asked[LoopsQuery, None]) -> LoopShown:
    """One loop."""
    return await _now(asked, name=loop_named(asked).name, recent=asked.query.recent)


async def act_on_loop(asked: Asked[Nothing, RuleAction]) -> LoopShown:
    """Do something to a loop; the loop as it is then."""
    check_verb(asked.caller, Verb(asked.body.verb))
    loop = loop_named(asked)
    if asked.caller.areas:  # Only what lies in them; the whole of a loop never does.
        held = asked.body.entity or f"loop {loop.name}"
        check_reach(asked.platform.node, asked.caller, entities=(held,))
    await act_on(asked, loop)
    return await _now(asked, name=loop.name, recent=LoopsQuery().recent)


async def loop_agreement(asked: Asked[Nothing, None]) -> Agreement | None:
    """How the orders on trial agree with the live ones so far."""
    return await agreement_of(asked.platform, loop_named(asked).name)


async def _now(
    asked: Asked[LoopsQuery, None] | Asked[Nothing, RuleAction], *, name: str, recent: int
) -> LoopShown:
    platform = asked.platform
    sight = sight_of(platform.node, asked.caller)

    def look(engine: Engine) -> LoopShown:
        return _shown(engine, engine.loops[name], recent=recent, sight=sight)

    return await platform.answers.of(platform.node.ask(look))


def loop_named(asked: Asked[Any, Any]) -> LoopRule:
    """The loop a request names.

    Raises Problem if there is none that the caller may see.
    """
    name, caller = asked.path["rule"], asked.caller
    loop = asked.platform.node.engine.loops.get(name)
    if loop is None or not caller.sees(name):
        raise unknown(f"there is no loop '{name}'.", what_to_do="GET /api/v1/loops lists them.")
    return loop


def _shown(engine: Engine, rule: LoopRule, *, recent: int, sight: Sight | None) -> LoopShown:
    shadow = engine.shadows.get(rule.name)
    spoken = engine.track.loops.spoken.get(rule.name, Spoken())
    said = [one for one in spoken.recent if _is_seen(one, sight)]
    effects = [
        one
        for entity, some in spoken.effects.items()
        if sight is None or entity in sight
        for one in some
    ]
    return LoopShown(
        name=rule.name,
        title=rule.loop.title,
        pack=rule.pack,
        streams=rule.streams,
        version=rule.version,
        settings=dict(rule.settings),
        every=rule.loop.every,
        turn_at=spoken.turn_at,
        decisions=spoken.recent[0].number if spoken.recent else 0,
        overtaken=spoken.overtaken,
        failed=engine.failed.get(rule.name, ""),
        shelved=tuple(
            one
            for one in shelves_of(engine, rule.name)
            if sight is None or not one.entity or one.entity in sight
        ),
        shadow=dict(shadow.rule.settings) if shadow is not None else None,
        steps_back=len(engine.past.get(rule.name, ())),
        tunable=tunable(loop_settings(rule)),
        proposal=standing(engine, rule.name),
        recent=tuple(said[:recent]),
        effects=tuple(sorted(effects, key=lambda one: -one.at)[:recent]),
    )


def _is_seen(said: Said, sight: Sight | None) -> bool:
    """Whether a decision is for somebody who is held to some entities."""
    return sight is None or any(order.entity in sight for order in said.orders)


LOOPS: Final = (
    Operation(
        "GET", "/loops", READERS, "List loops: settings, last decisions, what is held",
        list_loops, query=LoopsQuery, answer=tuple[LoopShown, ...],
    ),
    Operation(
        "GET", "/loops/{rule}", READERS, "One loop with its last decisions and their effects",
        show_loop, query=LoopsQuery, answer=LoopShown,
    ),
    Operation(
        "POST", "/loops/{rule}/actions", ACTING_ON_RULES,
        "Shelve or unshelve a loop or a thing it steers; shadow, promote or step back",
        act_on_loop, body=RuleAction, answer=LoopShown,
    ),
    Operation(
        "GET", "/loops/{rule}/agreement", READERS, "How the orders on trial agree with the live",
        loop_agreement, answer=Agreement | None,
    ),
)  # fmt: skip
