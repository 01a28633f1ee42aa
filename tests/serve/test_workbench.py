"""What the workbench of policies and an enterprise's own page stand on, over HTTP."""

from collections.abc import Iterator

import pytest

from haihe.packs.schemes.books import BOOKS
from tests.serve.office import MINE, an_office
from tests.serve.test_schemes import told
from tests.serve.world import World

POLICY = "第二条 对在本区登记的软件企业，给予最高20万元补助。"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A zone with the schemes pack, its books live, and what is known of two enterprises."""
    with an_office(tmp_path_factory.mktemp("workbench")) as made:
        yield made


def test_a_policy_is_read_into_a_draft_and_kept_with_the_book_that_cites_it(world: World) -> None:
    body = {"document": "示范1号", "text": POLICY, "prefix": "city"}
    read = world.post("/schemes/read", body)
    assert read["clauses"] >= 1
    assert "20万元" in read["text"]
    assert "id: city-" in read["text"]
    path = "/schemes/books/cited/moves"
    draft = {"move": "draft", "by": "ann", "text": read["text"], "documents": {"示范1号": POLICY}}
    world.post(path, draft)
    world.post(path, {"move": "draft", "by": "ann", "text": read["text"] + "\n"})
    kept = world.get("/schemes/books/cited")
    assert kept["documents"] == {"示范1号": POLICY}
    assert world.get("/schemes/books/cited", version=1)["text"] == read["text"]
    assert "this very draft" in told(
        world, path, {"move": "draft", "by": "ann", "text": kept["text"]}
    )
    world.post(path, {"move": "withdrawn", "by": "ann"})


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"prefix": "City!"}, "prefix"),
        ({"text": "字" * 200_001}, "text"),
        ({"document": ""}, "document"),
    ],
)
def test_a_text_that_cannot_be_read_is_refused(
    world: World, parts: dict[str, str], words: str
) -> None:
    body = {"document": "示范1号", "text": POLICY, **parts}
    assert words in told(world, "/schemes/read", body, code=422)


def test_an_effect_is_told_by_size_and_sector(world: World) -> None:
    text = BOOKS["innovation"].replace("is: 200万元", "is: 20万元")
    by = world.post("/schemes/effect", {"book": "innovation", "text": text})["by"]
    assert by["size"] == [
        {"word": "small", "all": 2, "gains": 0, "loses": 2, "cost_fen": -36_000_000}
    ]
    assert [one["word"] for one in by["industry"]] == ["chips"]


def test_a_reason_names_its_facts_its_source_and_what_the_scheme_gives(world: World) -> None:
    shown = world.get(f"/schemes/enterprises/{MINE}/standing")
    found = {one["scheme"]: one for one in shown["offers"]}
    grant = found["research-grant"]
    assert grant["source"]["document"].startswith("示范区科")
    share = next(one for one in grant["conditions"] if one["name"] == "share")
    assert share["facts"] == ["research", "revenue"]
    assert "研发" in shown["facts"]["research"]["zh"]
    assert found["compute-voucher"]["up_to_fen"] == 50_000_000
    assert "30%" in found["compute-voucher"]["benefit"]["zh"]
    facts = {one["fact"]: one for one in world.get(f"/schemes/enterprises/{MINE}")["facts"]}
    assert facts["revenue"]["given"] == "4200000000"
    assert facts["revenue"]["words"] == {"zh": "4200万元", "en": "42,000,000 yuan"}
    assert facts["size"]["words"] == {"zh": "小型", "en": "small"}
    line = world.get("/schemes/enterprises", find=MINE)["enterprises"][0]
    assert line["may_have"] == sum(one["kind"] == "now" for one in shown["offers"])
