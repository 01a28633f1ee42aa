"""GoRules graphs: drawn ones against plain Python, switches, loops, and what is refused."""

import json
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest

from bench.schemes_parts.zen_graphs import draw_graph, edge, exact, node
from haihe.decide.feel import Refused, Value
from haihe.decide.table.jdm import Graph, read_graph


def graph(*nodes: dict[str, object], edges: Sequence[tuple[str, ...]]) -> Graph:
    ends = (node("in", "inputNode", {}), node("out", "outputNode", {}))
    told = {"nodes": [*ends, *nodes], "edges": [edge(*one) for one in edges]}
    return read_graph({"g.json": json.dumps(told)}, "g.json")


def table(rules: list[dict[str, str]], **more: object) -> dict[str, object]:
    columns = {
        "inputs": [{"id": "a", "field": "x"}],
        "outputs": [{"id": "b", "field": "got.y"}],
        "hitPolicy": "first",
    }
    return node("t", "decisionTableNode", {**columns, "rules": rules, **more})


WAYS = [("in", "s", ""), ("s", "e1", "s1"), ("s", "e2", "s2")]
LINE = [("in", "t", ""), ("t", "out", "")]


@pytest.mark.parametrize("seed", range(20))
def test_a_drawn_table_answers_as_plain_comparisons_do(seed: int) -> None:
    draw = np.random.default_rng(seed)
    limits = sorted(int(one) for one in draw.integers(0, 100, 4))
    rules = [{"a": f"[{low}..{high})", "b": str(at)} for at, (low, high) in
             enumerate(pairwise(limits))]  # fmt: skip
    made = graph(table(rules), edges=LINE)
    for x in range(-1, 101, 3):
        met = [at for at, (low, high) in enumerate(pairwise(limits))
               if low <= x < high]  # fmt: skip
        right = {"got": {"y": Decimal(met[0])}} if met else {}
        assert made.decide({"x": Decimal(x)}).value == right


def test_a_graph_gives_the_same_twice_and_says_which_rules_were_met() -> None:
    asked = draw_graph(3, draw=np.random.default_rng(3))
    made = read_graph({"g": asked.graph}, "g")
    told = [made.decide(exact(one)) for one in asked.inputs]
    assert told == [made.decide(exact(one)) for one in asked.inputs]
    assert all("rules met" in " ".join(one.notes) for one in told)


def test_collected_rules_and_collected_columns_are_lists() -> None:
    rules = [{"a": "> 1", "b": "x"}, {"a": "> 2", "b": "x * 2"}, {"a": "> 9", "b": "0"}]
    some = graph(table(rules, hitPolicy="collect", outputPath="all"), edges=LINE)
    assert some.decide({"x": Decimal(5)}).value == {
        "all": ({"got": {"y": Decimal(5)}}, {"got": {"y": Decimal(10)}})
    }
    columns = graph(table(rules, outputs=[{"id": "b", "field": "ys[]"}]), edges=LINE)
    assert columns.decide({"x": Decimal(5)}).value == {"ys": (Decimal(5), Decimal(10))}


def test_a_loop_goes_through_a_list_and_passes_the_rest_on() -> None:
    more = {
        "executionMode": "loop",
        "inputField": "items",
        "outputPath": "items",
        "passThrough": True,
    }
    made = graph(table([{"a": "> 1", "b": "x + 1"}], **more), edges=LINE)
    given: Value = {"k": "v", "items": ({"x": Decimal(1)}, {"x": Decimal(2)})}
    assert made.decide(given).value == {
        "k": "v", "items": ({"x": Decimal(1)}, {"x": Decimal(2), "got": {"y": Decimal(3)}}),
    }  # fmt: skip


def test_a_switch_cuts_the_ways_that_are_not_taken() -> None:
    ways = [{"id": "s1", "condition": "x > 10"}, {"id": "s2", "condition": ""}]
    made = graph(
        node("s", "switchNode", {"hitPolicy": "first", "statements": ways}),
        *(node(f"e{at}", "expressionNode", {"expressions": [{"key": "way", "value": str(at)}]})
          for at in (1, 2)),
        edges=[*WAYS, ("e1", "out", ""), ("e2", "out", "")],
    )  # fmt: skip
    assert made.decide({"x": Decimal(11)}).value == {"way": Decimal(1)}
    assert made.decide({}).value == {"way": Decimal(2)}
    assert made.decide({}).notes == ("s: statements met: else",)


@pytest.mark.parametrize(
    ("kind", "mend"),
    [
        ("functionNode", "node 'f' is JavaScript"),
        ("customNode", "node 'f' is code of your own"),
        ("mysteryNode", "node 'f' is a 'mysteryNode'; there are inputNode"),
    ],
)
def test_a_node_that_runs_code_is_refused_by_its_name(kind: str, mend: str) -> None:
    with pytest.raises(Refused, match=mend):
        graph(node("f", kind, "export const handler = () => 1"), edges=[("in", "f", "")])


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("{", "no decision graph"),
        ("[" * 100_000, "no decision graph"),
        ('{"nodes": [], "edges": []}', "0 input nodes"),
        ('{"nodes": {}, "edges": []}', "no decision graph"),
        (json.dumps({"nodes": [node("i", "inputNode", {})], "edges": [edge("i", "x", "")]}), "'x'"),
    ],
)
def test_a_strange_file_is_refused(text: str, mend: str) -> None:
    with pytest.raises(Refused, match=mend):
        read_graph({"g": text}, "g")


def test_a_circle_is_refused_with_the_name_of_a_node() -> None:
    with pytest.raises(Refused, match="circle through node"):
        graph(table([]), edges=[*LINE, ("out", "t", "")])


def test_a_graph_within_a_graph_is_read_and_may_not_call_itself() -> None:
    outer = {"nodes": [node("in", "inputNode", {}), node("d", "decisionNode", {"key": "b"})],
             "edges": [edge("in", "d", "")]}  # fmt: skip
    one = {"key": "y", "value": "x * 2"}
    doubling = node("e", "expressionNode", {"expressions": [one]})
    inner = {"nodes": [node("in", "inputNode", {}), doubling],
             "edges": [edge("in", "e", "")]}  # fmt: skip
    made = read_graph({"a": json.dumps(outer), "b": json.dumps(inner)}, "a")
    assert made.decide({"x": Decimal(4)}).value == {"y": Decimal(8)}
    with pytest.raises(Refused, match="needs the file 'b'"):
        read_graph({"a": json.dumps(outer)}, "a")
    with pytest.raises(Refused, match="in a circle"):
        read_graph({"b": json.dumps(outer)}, "b")


def test_an_expression_that_does_not_fit_names_its_node() -> None:
    made = graph(node("e", "expressionNode", {"expressions": [{"key": "y", "value": "x + 1"}]}),
                 edges=[("in", "e", "")])  # fmt: skip
    with pytest.raises(ValueError, match="node 'e': string \\+ number means nothing"):
        made.decide({"x": "a"})
