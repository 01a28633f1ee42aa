"""Nothing that can be set, and no relation of a pack, is without a name in both languages."""

import dataclasses
import re

import pytest

from haihe import detect
from haihe.pack import Closure, Pack, RollUp
from haihe.packs import gallery, traffic
from haihe.serve.wording import DETECTORS, RELATIONS, SETTINGS, setting_title
from tests.serve.world import World

KINDS = {
    name: kind
    for name in detect.__all__
    if isinstance(kind := getattr(detect, name), type)
    and dataclasses.is_dataclass(kind)
    and hasattr(kind, "step")
    and name != "Operator"
}
HAN = re.compile(r"[\u3400-\u9fff]")


def test_every_detector_and_every_setting_of_one_has_a_name() -> None:
    assert len(KINDS) > 10
    assert set(KINDS) <= set(DETECTORS)
    names = {each.name for kind in KINDS.values() for each in dataclasses.fields(kind)}
    parts = {"close": Closure, "roll_up": RollUp}
    names |= {
        f"{head}.{each.name}"
        for head, part in parts.items()
        for each in dataclasses.fields(part)
        if each.type == "int" or each.type is int
    }
    assert names <= set(SETTINGS), names - set(SETTINGS)


@pytest.mark.parametrize("pack", [gallery.pack, traffic.pack])
def test_every_relation_of_a_pack_has_a_name(pack: Pack) -> None:
    assert pack.twin is not None
    names = {name for entity in pack.twin(0).entities() for name in entity.relations}
    assert names <= set(RELATIONS), names - set(RELATIONS)


@pytest.mark.parametrize("words", [DETECTORS, SETTINGS, RELATIONS])
def test_every_name_is_in_both_languages(words: dict[str, object]) -> None:
    for name, text in words.items():
        assert HAN.search(getattr(text, "zh", "")), name
        assert not HAN.search(getattr(text, "en", "-")), name


def test_a_name_that_nobody_gave_is_shown_as_it_is() -> None:
    assert setting_title("odd.thing").en == "odd.thing"
    assert setting_title("close.window").en == "good for so long to close"


def test_rules_and_entities_come_with_their_words(world: World) -> None:
    (rule,) = world.get("/rules")
    titles = {one["name"]: one["title"]["zh"] for one in rule["tunable"]}
    assert titles["high"] == "上限"
    assert rule["kind"]["zh"] == "限值"
    told = {"title": {"zh": "七区", "en": "Zone 7"}, "relations": {"neighbour": ["z/8"], "odd": []}}
    world.put("/entities/z/7", told)
    shown = world.get("/entities/z/7")
    assert shown["relation_titles"]["neighbour"]["en"] == "next to"
    assert shown["relation_titles"]["odd"]["en"] == "odd"
