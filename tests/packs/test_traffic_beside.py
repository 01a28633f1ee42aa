"""The signal loop in shadow: it decides from what is shown, orders nothing, and counts."""

from dataclasses import replace

import pytest

from haihe.errors import PackInvalid
from haihe.model import SECOND
from haihe.model.line import Action, CaseOpened, Decided, Dispatched, Verb
from haihe.packs.traffic.signals.control import SignalControl
from haihe.packs.traffic.signals.memory import Memory
from haihe.packs.traffic.signals.zone import ZONE_TIDE
from haihe.packs.traffic.tidal.control import tidal_loop
from haihe.run.loop_rule import LoopRule, loop_settings, tuned_loop
from haihe.run.shadow import Shadow
from tests.packs.town import Town, pack, site

ONE = site(1)
SIGNALS = "traffic.signals"
LONG = 3_600 * SECOND


def acts(town: Town, verb: Verb, **more: object) -> None:
    town.tell(Action(at=town.now, verb=verb, subject=SIGNALS, by="Xu", reason="to see", **more))  # type: ignore[arg-type]  # Named by the caller.


def shadow_of(town: Town) -> Shadow:
    return town.engine.shadows[SIGNALS]


def test_with_the_loop_shelved_the_plan_runs_on_and_the_shadow_is_compared_with_it() -> None:
    town = Town(ONE)
    acts(town, Verb.SHELVE, until=town.now + LONG)
    acts(town, Verb.SHADOW)
    plan = Town(ONE, pack_of=replace(pack(ONE), loops=()))
    for one in (town, plan):
        one.run(300)
    assert town.lines == plan.lines  # Nothing of the shadow reached the street.
    assert not [step for step in town.steps if isinstance(step, Dispatched)]
    (told,) = shadow_of(town).agreement(town.now).beside
    assert told.entity == ONE.entities[0]
    assert 100 < told.seen_s <= 300
    assert 0 < told.agreed_s < told.seen_s
    assert told.calls > 2
    assert told.gain > 0  # It expected something of what it called for.
    memory = shadow_of(town).track.loops.running[SIGNALS].memory
    assert isinstance(memory, Memory)
    assert not memory.cares.refuses.any()  # Nobody refused what nobody was told.


def test_the_same_loop_in_shadow_agrees_with_itself_most_of_the_time() -> None:
    town = Town(ONE)
    town.run(60)
    acts(town, Verb.SHADOW)
    town.run(300)
    (told,) = shadow_of(town).agreement(town.now).beside
    assert told.agreed_s > 0.75 * told.seen_s
    steps = [step for step in town.steps if isinstance(step, Decided | CaseOpened)]
    assert steps  # The live loop goes on.


def test_settings_of_the_controllers_are_tried_by_their_names() -> None:
    signals = LoopRule(SIGNALS, "traffic", pack(ONE).loops[0])
    assert {one.name for one in loop_settings(signals)} >= {"patience_s", "bins", "every"}
    tried = tuned_loop(signals, {"patience_s": "90", "bins": "6"})
    assert isinstance(tried.loop.control, SignalControl)
    assert tried.loop.control.site.settings.patience_s == 90
    assert tried.settings_sha256 != signals.settings_sha256
    tidal = LoopRule("traffic.tidal", "traffic", tidal_loop(ZONE_TIDE))
    assert "hold_min" in {one.name for one in loop_settings(tidal)}
    assert tuned_loop(tidal, {"hold_min": "10"}).settings_sha256 != tidal.settings_sha256


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"patience": "90"}, "has no setting 'patience'"),
        ({"patience_s": '"long"'}, "is no number for patience_s"),
        ({"patience_s": "0"}, "give 1 to 600"),
        ({"bins": "2.5"}, "is no number for bins"),
        ({"switches": "9"}, "give 0 to 3"),
    ],
)
def test_nonsense_is_refused(settings: dict[str, str], words: str) -> None:
    signals = LoopRule(SIGNALS, "traffic", pack(ONE).loops[0])
    with pytest.raises(PackInvalid, match=words):
        tuned_loop(signals, settings)
