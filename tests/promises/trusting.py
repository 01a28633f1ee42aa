"""Promises 8 to 10: nothing untested, alarms to trust, no one where they do not belong."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from haihe.log import SqliteLog, Transaction, store
from haihe.model import DAY, HOUR, MINUTE, Entity, Text
from haihe.model.line import (
    Action,
    CaseOpened,
    Dispatched,
    EntityTold,
    Refused,
    RuleChanged,
    Verb,
)
from haihe.run import keeping
from haihe.run.backtest import Label, Score, run_trial, scored
from haihe.run.engine import Engine, Outcome
from haihe.run.load import alarm_load
from haihe.run.node import Node
from haihe.run.records import items_between
from haihe.run.shadow import Opening
from haihe.serve.access import Role
from tests.promises.promise import Promise, Sabotage, sabotage
from tests.run.packs import Zone, one_order, pack_of
from tests.run.test_backtest import trial
from tests.run.world import act, air, lines, node_on, sent, told
from tests.run.zone import T0
from tests.serve.world import BASE, World, a_world

RULE = "a.methane-high"


def nothing_untested(folder: Path) -> None:
    """A setting is tried beside the live one, promoted by name and reason, and taken back."""
    with node_on(folder) as node:
        told(node, act(Verb.PROPOSE, RULE, "ann", minute=0, reason="no trial"))
        assert [type(line) for line in lines(node)] == [Refused], "promoted without a trial"
        told(node, try_with(high="10"))
        told(node, act(Verb.PROPOSE, RULE, "ann", minute=0, reason="a trial that saw nothing"))
        told(node, agreed(node, "bo", minute=0))
        assert high_of(node) == 20.0, "promoted before the trial saw a record"
        sent(node, air("zone/0", [1, 2], [1.0, 15.0]))
        given = [line.id for line in lines(node) if isinstance(line, Dispatched)]
        assert given == [], "a rule on trial opened a live case"
        assert [type(line).__name__ for line in lines(node, f"shadow {RULE}")].count("Dispatched")
        letters = node.log.reader().execute("SELECT count(*) FROM outbox").fetchone()[0]
        assert letters == 0, "an order of a trial left the platform"
        report = node.engine.shadows[RULE].agreement(node.engine.now)
        assert (report.both, len(report.only_shadow), report.share) == (0, 1, 0.0)
        told(node, act(Verb.PROPOSE, RULE, "ann", minute=3))
        told(node, agreed(node, "bo", minute=3))
        assert high_of(node) == 20.0, "promoted without a reason"
        told(node, act(Verb.PROPOSE, RULE, "ann", minute=3, reason="finds more"))
        told(node, agreed(node, "Ann", minute=3))
        assert high_of(node) == 20.0, "promoted by one person alone"
        told(node, agreed(node, "bo", minute=3))
        assert high_of(node) == 10.0
        told(node, act(Verb.STEP_BACK, RULE, "bo", minute=4, reason="too many"))
        assert high_of(node) == 20.0, "one step back is not one step back"
        changes = [line for line in lines(node) if isinstance(line, RuleChanged)]
        assert [(one.version, one.by, one.second, one.reason) for one in changes] == [
            ("2", "ann", "bo", "finds more"), ("3", "bo", "", "too many"),
        ]  # fmt: skip
    log = SqliteLog(folder, read_only=True)
    items = list(items_between(log, "a.air"))
    before, after = (run_trial(items, trial(log, **each)) for each in ({}, {"high": "10"}))
    log.close()
    assert (before.cases, after.cases) == (0, 1), "history does not tell what would be different"


def try_with(**settings: str) -> Action:
    """The rule on trial."""
    return Action(at=T0, verb=Verb.SHADOW, subject=RULE, by="ann", settings=settings)


def agreed(node: Node, by: str, *, minute: float) -> Action:
    """Somebody's word to what is proposed now, if anything is."""
    proposal = node.engine.proposals.get(RULE)
    at = T0 + int(minute * MINUTE)
    sha256 = proposal.sha256 if proposal is not None else ""
    return Action(at=at, verb=Verb.AGREE, subject=RULE, by=by, sha256=sha256)


def high_of(node: Node) -> float:
    """The limit in force."""
    detect: Any = node.engine.rules[RULE].playbook.detect
    return float(detect.high)


def shadow_made_up(engine: Engine, name: str) -> Any:
    """Promotes what nobody tried."""
    shadow = engine.shadow_of(engine.rules[name], began_at=0)
    shadow.records = 1
    return engine.shadows.setdefault(name, shadow)


_keep = keeping.keep_steps


def posting_all(transaction: Transaction, outcome: Outcome, **more: Any) -> None:
    """Orders of a trial leave the platform as well."""
    _keep(transaction, outcome, **more)
    steps = [step for own in outcome.shadow_steps.values() for step in own]
    store.post_letters(transaction.db, keeping._dispatched(steps))


_change = Engine._change


def changed_quietly(engine: Engine, action: Action, rule: Any) -> Any:
    """Nobody's name stands beside the change."""
    return _change(engine, Action(at=action.at, verb=action.verb, subject="", by=""), rule)


def stepped_back_to_now(engine: Engine, action: Action) -> Any:
    """A step back that leaves everything as it is."""
    return _change(engine, action, engine.rules[action.subject])


def alarms_to_trust(folder: Path) -> None:
    """Load is EEMUA 191's; what belongs together is one case; a miss outweighs any noise."""
    calm = alarm_load([T0 + n * 12 * MINUTE for n in range(120)], from_at=T0, to_at=T0 + DAY)
    assert (calm.total, calm.worst) == (120, 1)
    assert calm.per_period == pytest.approx(120 / 144, abs=1e-3)
    assert calm.is_manageable
    # ISA-18.2: more than ten in ten minutes is a flood, however quiet the rest of the day.
    flood = alarm_load([T0 + HOUR + n for n in range(11)], from_at=T0, to_at=T0 + DAY)
    assert flood.worst == 11
    assert flood.flood_share == pytest.approx(1 / 144, abs=1e-3)
    assert not flood.is_manageable, "a flood is called manageable"
    zone = Zone(pack_of(decide=one_order, roll_up=beside()))
    told_line = [EntityTold(at=T0, entity=neighbour(number)) for number in range(4)]
    zone.tell(*told_line)
    for number in range(4):
        zone.hear((number, 12.0), entity=f"thing/{number}")
    zone.hear((600, 12.0), entity="thing/9")
    opened = [step.entity for step in zone.steps if isinstance(step, CaseOpened)]
    assert opened == ["thing/0", "thing/9"], "related alarms are several cases"
    flapping = Zone(pack_of(decide=one_order))
    for number in range(30):
        flapping.hear((number, 12.0), (number + 0.5, 6.0))
    cases = [step for step in flapping.steps if isinstance(step, CaseOpened)]
    assert len(cases) == 1, "an alarm that comes and goes opens a case each time"
    events = [Label("thing/1", 10 * HOUR, 11 * HOUR), Label("thing/2", 10 * HOUR, 11 * HOUR)]
    noisy = scored([Opening("thing/1", 10 * HOUR + n) for n in range(9)], events)
    assert noisy.missed == (events[1],), "a missed event is not shown"
    assert (noisy.found, noisy.false) == (1, 0)
    false = scored(
        [Opening("thing/1", 2 * HOUR), *(Opening(e.entity, e.from_at) for e in events)], events
    )
    assert (false.found, false.missed, false.false) == (2, (), 1), "noise is not shown"


def beside() -> Any:
    """Roll-up by neighbours within half an hour."""
    return replace(pack_of().playbooks[0].roll_up, relations=("neighbour",), window=30 * MINUTE)


def neighbour(number: int) -> Entity:
    """A thing in a row of things."""
    around = tuple(f"thing/{n}" for n in (number - 1, number + 1) if 0 <= n < 4)
    return Entity(id=f"thing/{number}", title=Text(zh="", en=""), relations={"neighbour": around})


_scored = scored


def blind_to_misses(cases: Any, labels: Any) -> Score:
    """Counts only what was found."""
    score = _scored(cases, labels)
    return Score(score.found, score.found, (), score.cases, score.false, score.delay_s)


def everyone_in_their_place(folder: Path) -> None:
    """Roles and owners hold on every route, and every look at an enterprise's data is logged."""
    with a_world(folder) as world:
        title = {"zh": "站", "en": "station"}
        for plant, owner in (("plant/1", "acme"), ("plant/2", "rival")):
            world.put(f"/entities/{plant}", {"title": title, "owner": owner})
            world.post("/streams/t.air", {"entity": plant, "methane": 40}, status=201)
        enterprise, officer = (world.give_token(role) for role in (Role.ENTERPRISE, Role.OFFICER))
        other = world.give_token(Role.OFFICER, packs=("other",))
        get = asking(world)
        assert get("/cases", "")[0] == 401, "somebody came in without a token"
        assert get("/cases", "guess")[0] == 401
        assert get("/outbox", enterprise)[0] == 403, "an enterprise sees what is an officer's"
        status, text = get("/live/t.air", enterprise)
        assert (status, "plant/1" in text, "plant/2" in text) == (200, True, False)
        assert get("/entities/plant/2", enterprise)[0] == 404
        assert get("/streams/t.air", other)[0] == 403, "a pack is open to who has another"
        assert get("/entities/plant/1", officer)[0] == 200
        _, looks = get("/access", enterprise)
        assert looks.count("plant/1") >= 1, "a look at its data is not shown to the enterprise"
        assert "officer" in looks


def asking(world: World) -> Callable[[str, str], tuple[int, str]]:
    """Ask with a token: status and text."""

    def get(path: str, token: str) -> tuple[int, str]:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        answer = world.client.get(BASE + path, headers=headers)
        return answer.status_code, answer.text

    return get


async def unnoticed(*_: object, **__: object) -> None:
    """Nobody writes down who looked."""


def everywhere(
    name: str, value: object = lambda *_, **__: None
) -> Callable[[pytest.MonkeyPatch], None]:
    """Puts a value where the server's modules look a name up."""

    def breaks(patch: pytest.MonkeyPatch) -> None:
        for module in [m for n, m in sys.modules.items() if n.startswith("haihe.serve")]:
            if hasattr(module, name):
                patch.setattr(module, name, value)

    return breaks


PROMISES = (
    Promise(
        8,
        "Nothing goes live untested",
        nothing_untested,
        (
            sabotage(
                "promotes what nobody tried",
                "haihe.run.engine.Engine._running_shadow",
                shadow_made_up,
            ),
            sabotage("lets orders of a trial leave", "haihe.run.node.keep_steps", posting_all),
            sabotage(
                "lets one person promote alone", "haihe.run.consent.same_person", lambda *_: False
            ),
            sabotage(
                "changes a rule without a name", "haihe.run.engine.Engine._change", changed_quietly
            ),
            sabotage(
                "steps back to where it is",
                "haihe.run.engine.Engine._step_back",
                stepped_back_to_now,
            ),
        ),
    ),
    Promise(
        9,
        "Alarms a person can trust",
        alarms_to_trust,
        (
            sabotage(
                "a case for every alarm", "haihe.run.places.Places.belonging", lambda *_, **__: None
            ),
            sabotage("calls a flood manageable", "haihe.run.load.FLOOD", 1_000),
            sabotage("does not count misses", "tests.promises.trusting.scored", blind_to_misses),
        ),
    ),
    Promise(
        10,
        "No one gets in where they don't belong",
        everyone_in_their_place,
        (
            Sabotage("does not look at roles", everywhere("check_role")),
            Sabotage("does not look at packs", everywhere("check_scope")),
            Sabotage("lets an enterprise see everybody's", everywhere("sight_of")),
            Sabotage("does not write down who looked", everywhere("note_read", unnoticed)),
        ),
    ),
)
