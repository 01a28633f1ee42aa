"""Standing alarms, and the rules behind them: shelved, on trial, promoted, stepped back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeAlias

import msgspec

from haihe.errors import PackInvalid
from haihe.model.alarm import Alarm
from haihe.model.line import Verb
from haihe.model.text import Text
from haihe.run.consent import Proposal
from haihe.run.engine import Engine
from haihe.run.loop_rule import LoopRule, tuned_loop
from haihe.run.rule import Rule, Setting, in_words, settings_in_force, tuned
from haihe.run.shadow import Agreement
from haihe.serve.access import check_verb
from haihe.serve.acting import Doing, Who, do, person_of, until_of
from haihe.serve.calling import Asked
from haihe.serve.consent import check_person, check_proposer
from haihe.serve.kinds import EntityId, Nothing, Number, When, Whole
from haihe.serve.owning import note_read
from haihe.serve.platform import Platform
from haihe.serve.problem import conflict, malformed, unknown
from haihe.serve.sight import sight_of
from haihe.serve.wording import detector_title, setting_title

ON_SHELF: Final = frozenset({Verb.SHELVE, Verb.UNSHELVE})
ON_PROPOSALS: Final = frozenset({Verb.PROPOSE, Verb.AGREE, Verb.DECLINE})
SETTINGS_MAX: Final = 32  # Ours: no detector has as many.
SettingName: TypeAlias = Annotated[str, msgspec.Meta(max_length=60)]
SettingText: TypeAlias = Annotated[str, msgspec.Meta(max_length=200)]
Changes: TypeAlias = Annotated[
    dict[SettingName, Number | Whole | SettingText | bool | None],
    msgspec.Meta(max_length=SETTINGS_MAX),
]


class AlarmsShown(msgspec.Struct, frozen=True):
    """Alarms that have not cleared, the worst first."""

    alarms: tuple[Alarm, ...]


class RuleShown(msgspec.Struct, frozen=True):
    """A rule as it runs now.

    settings: what differs from how the pack ships it, as JSON texts.
    kind: what kind of detector it has.
    detect: the detector and those of its settings that are set.
    failed: why it was stopped; "" while it runs.
    shelved: rule, or rule and entity, to when the shelf ends.
    shadow: the settings on trial; null if none are.
    steps_back: how many promotions can be taken back.
    tunable: every number that can be changed.
    proposal: what waits for a second person's word; null if nothing does.
    """

    name: str
    title: Text
    pack: str
    stream: str
    version: str
    settings: dict[str, str]
    kind: Text
    detect: str
    due_in: int
    failed: str
    shelved: tuple["Shelf", ...]
    shadow: dict[str, str] | None
    steps_back: int
    tunable: tuple["Tunable", ...]
    proposal: Proposal | None


class Tunable(msgspec.Struct, frozen=True):
    """A number of the rule that can be changed.

    name: as ``shadow`` and ``backtest`` take it; title: as people do.
    value: the one in force; null where none is set.
    is_duration: whether it is a time; ns. is_whole: whether it is a whole number.
    """

    name: str
    title: Text
    value: float | None
    is_duration: bool
    is_whole: bool


class Shelf(msgspec.Struct, frozen=True):
    """What opens no case for a while: the rule ("" for ``entity``), or the rule for one entity.

    Of a loop: what gets no order. by, reason: who shelved it and why; at: when.
    """

    entity: str
    until: int
    by: str = ""
    reason: str = ""
    at: int = 0


class RuleAction(Who, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is done to a rule: 搁置, 影子运行, 提请转正, 同意, 不同意, 退回.

    entity: for (un)shelve: for this entity only.
    settings: for shadow: a setting of the detector, or "due_in", "close.window" and the like, to
        its new value; {} to try the rule as it is.
    until: for shelve: until when.
    sha256: for agree: the proposal's, as it was shown.
    """

    verb: Literal[
        "shelve", "unshelve", "shadow", "unshadow", "propose", "agree", "decline", "step-back"
    ]  # fmt: skip
    entity: EntityId | None = None
    settings: Changes = msgspec.field(default_factory=dict)
    until: When = ""
    sha256: Annotated[str, msgspec.Meta(max_length=64, pattern="^([0-9a-f]{64})?$")] = ""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A rule and what goes with it, as the writer's thread finds them."""

    rule: Rule
    failed: str
    shelved: tuple[Shelf, ...]
    shadow: tuple[tuple[str, str], ...] | None
    steps_back: int
    proposal: Proposal | None


async def list_alarms(asked: Asked[Nothing, None]) -> AlarmsShown:
    """Alarms that stand now."""
    platform, caller = asked.platform, asked.caller

    def look(engine: Engine) -> tuple[Alarm, ...]:
        return tuple(engine.track.casework.desk.standing.values())

    alarms = await platform.answers.of(platform.node.ask(look))
    sight = sight_of(platform.node, caller)
    seen = [
        alarm
        for alarm in alarms
        if caller.sees(alarm.rule) and (sight is None or alarm.entity in sight)
    ]
    await note_read(asked, subject="alarms", entities={alarm.entity for alarm in seen})
    return AlarmsShown(tuple(sorted(seen, key=lambda alarm: (-alarm.severity, alarm.raised_at))))


async def list_rules(asked: Asked[Nothing, None]) -> tuple[RuleShown, ...]:
    """Every rule the caller may see, by name."""
    platform, caller = asked.platform, asked.caller

    def look(engine: Engine) -> list[_Seen]:
        return [_seen(engine, rule) for rule in engine.rules.values()]

    found = await platform.answers.of(platform.node.ask(look))
    shown = [_shown(seen) for seen in found if caller.sees(seen.rule.name)]
    return tuple(sorted(shown, key=lambda rule: rule.name))


async def agreement(asked: Asked[Nothing, None]) -> Agreement | None:
    """How the settings on trial agree with the live ones so far."""
    _rule(asked)
    return await agreement_of(asked.platform, asked.path["rule"])


async def agreement_of(platform: Platform, name: str) -> Agreement | None:
    """The same, of a rule or loop by its name; None while no shadow of it runs."""

    def look(engine: Engine) -> Agreement | None:
        shadow = engine.shadows.get(name)
        return shadow.agreement(engine.now) if shadow is not None else None

    return await platform.answers.of(platform.node.ask(look))


async def act_on_rule(asked: Asked[Nothing, RuleAction]) -> RuleShown:
    """Do something to a rule; the rule as it is then."""
    platform = asked.platform
    check_verb(asked.caller, Verb(asked.body.verb))
    rule = _rule(asked)
    await act_on(asked, rule)
    return await platform.answers.of(
        platform.node.ask(lambda engine: _shown(_seen(engine, engine.rules[rule.name])))
    )


async def act_on(asked: Asked[Nothing, RuleAction], rule: Rule | LoopRule) -> None:
    """Do something to a rule or a loop that the caller may do it to.

    Raises Problem if it may not be, or the engine refused it.
    """
    platform, body = asked.platform, asked.body
    verb = Verb(body.verb)
    by = person_of(asked.caller, body.by)
    _check(body)
    if verb in ON_PROPOSALS:
        check_person(asked.platform, asked.caller, verb=verb)
    if verb is Verb.AGREE:
        await check_proposer(asked.platform, rule.name)
    settings = {name: msgspec.json.encode(value).decode() for name, value in body.settings.items()}
    subject = f"{rule.name} {body.entity}" if body.entity is not None else rule.name
    doing = Doing(
        verb,
        subject,
        reason=body.reason,
        until=until_of(body.until),
        settings=tuple(sorted(settings.items())),
        sha256=body.sha256,
    )
    if verb is Verb.SHADOW:
        _check_settings(rule, settings)
    await do(platform, doing, by=by)


def _check(body: RuleAction) -> None:
    """Refuse what does not go together.

    Raises Problem.
    """
    verb = Verb(body.verb)
    if body.entity is not None and verb not in ON_SHELF:
        raise malformed(f"'{verb}' is for a rule, not for '{body.entity}' alone.", status=422)
    if body.settings and verb is not Verb.SHADOW:
        raise malformed(f"'{verb}' takes no settings; 'shadow' does.", status=422)
    if bool(body.sha256) is not (verb is Verb.AGREE):
        raise malformed("'agree', and only that, takes the 'sha256' that was shown.", status=422)


def _check_settings(rule: Rule | LoopRule, settings: dict[str, str]) -> None:
    """Try the settings before the log hears of them: what is in the log is tried at each start.

    Raises Problem if the rule cannot run with them.
    """
    try:
        if isinstance(rule, LoopRule):
            tuned_loop(rule, settings)
        else:
            tuned(rule, settings)
    except PackInvalid as error:
        raise conflict(str(error)) from error
    except (ValueError, TypeError, ArithmeticError, LookupError) as error:
        raise conflict(f"rule '{rule.name}' cannot run with {settings}: {error}.") from error


def _rule(asked: Asked[Nothing, RuleAction] | Asked[Nothing, None]) -> Rule:
    """The rule a request names.

    Raises Problem if there is none that the caller may see.
    """
    name = asked.path["rule"]
    rule = asked.platform.node.engine.rules.get(name)
    if rule is None or not asked.caller.sees(name):
        raise unknown(f"there is no rule '{name}'.", what_to_do="GET /api/v1/rules lists them.")
    return rule


def _seen(engine: Engine, rule: Rule) -> _Seen:
    shadow = engine.shadows.get(rule.name)
    return _Seen(
        rule=rule,
        failed=engine.failed.get(rule.name, ""),
        shelved=shelves_of(engine, rule.name),
        shadow=shadow.rule.settings if shadow is not None else None,
        steps_back=len(engine.past.get(rule.name, ())),
        proposal=standing(engine, rule.name),
    )


def shelves_of(engine: Engine, rule: str) -> tuple[Shelf, ...]:
    """What of a rule or a loop is shelved now."""
    return tuple(
        Shelf(key.partition(" ")[2], shelf.until, shelf.by, shelf.reason, shelf.at)
        for key, shelf in engine.track.casework.shelved.items()
        if key.partition(" ")[0] == rule and shelf.until > engine.now
    )


def standing(engine: Engine, rule: str) -> Proposal | None:
    """What is proposed for a rule and can still be agreed to."""
    proposal = engine.proposals.get(rule)
    return proposal if proposal is not None and engine.now < proposal.until else None


def _shown(seen: _Seen) -> RuleShown:
    rule = seen.rule
    return RuleShown(
        name=rule.name,
        title=rule.playbook.title,
        pack=rule.pack,
        stream=rule.playbook.stream.name,
        version=rule.version,
        settings=dict(rule.settings),
        kind=detector_title(rule.playbook.detect),
        detect=in_words(rule.playbook.detect),
        due_in=rule.playbook.due_in,
        failed=seen.failed,
        shelved=seen.shelved,
        shadow=dict(seen.shadow) if seen.shadow is not None else None,
        steps_back=seen.steps_back,
        proposal=seen.proposal,
        tunable=tunable(settings_in_force(rule)),
    )


def tunable(settings: Sequence[Setting]) -> tuple[Tunable, ...]:
    """Settings as they are shown."""
    return tuple(
        Tunable(
            name=one.name,
            title=setting_title(one.name),
            value=one.value,
            is_duration=one.is_duration,
            is_whole=isinstance(one.value, int),
        )
        for one in settings
    )
