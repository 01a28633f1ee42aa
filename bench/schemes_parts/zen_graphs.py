"""Decision graphs on random inputs, here and with pip zen-engine: the answers must be the same.

zen's public examples are read from a folder and never kept here: ``git clone
https://github.com/gorules/zen .haihe/outside/zen``. Graphs of our own are drawn beside them.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from haihe.decide.feel import Refused, Value
from haihe.decide.table.jdm import read_graph

Json: TypeAlias = "bool | float | str | list[Json] | dict[str, Json] | None"
FAILED: Final = "\0error: "  # No graph gives such a text.
INPUTS: Final = 40  # Ours: for each graph.
DRAWN: Final = 60  # Ours: graphs of our own.
CLOSE: Final = Decimal("1e-9")  # The peer gives floats.
# What asks chance, or what is not supported here; told beside the figure.
SKIPPED: Final = re.compile(r"\brand\(|fuzzyMatch\(|\bd\(")
NOW: Final = "2026-01-31 08:00:00"  # What "now" is replaced with on both sides.


@dataclass(frozen=True, slots=True)
class Asked:
    """A graph and the inputs it is asked with."""

    name: str
    graph: str
    inputs: tuple[Json, ...]


def read_examples(folder: Path) -> tuple[list[Asked], dict[str, str]]:
    """Graphs of a folder with random inputs, and why the others are left out, by name."""
    asked, left = [], {}
    for file in sorted(folder.rglob("*.json")):
        text = file.read_text(encoding="utf-8")
        told = json.loads(text)
        if not isinstance(told, dict) or "nodes" not in told:
            continue
        body = json.dumps({"nodes": plain_nodes(told["nodes"]), "edges": told["edges"]})
        body = body.replace("'now'", f"'{NOW}'").replace('\\"now\\"', f'\\"{NOW}\\"')
        try:
            read_graph({file.name: body}, file.name)
        except Refused as error:
            left[file.name] = str(error)
            continue
        if SKIPPED.search(body.replace('\\"', '"')):
            left[file.name] = "it asks chance, or dates with methods"
        else:
            seeds = [one["input"] for one in told.get("tests", [])] or [fields(told)]
            draw = np.random.default_rng(len(body))
            asked.append(Asked(file.name, body, tuple(inputs(seeds, told, draw=draw))))
    return asked, left


def plain_nodes(nodes: list[dict[str, Json]]) -> list[dict[str, Json]]:
    """Nodes without JSON schemas, which are not checked here."""
    ends = ("inputNode", "outputNode")
    return [{**one, "content": {}} if one["type"] in ends else one for one in nodes]


def fields(told: Mapping[str, Json]) -> dict[str, Json]:
    """An input with every plain field that a graph's tables ask for."""
    found: dict[str, Json] = {}
    for path in re.findall(r'"field": "([a-zA-Z_][\w.]*)"', json.dumps(told)):
        at = found
        *parents, last = path.split(".")
        for part in parents:
            inner = at.setdefault(part, {})
            if not isinstance(inner, dict):
                break
            at = inner
        else:
            at.setdefault(last, 1.0)
    return found


def inputs(
    seeds: list[Json], told: Mapping[str, Json], *, draw: np.random.Generator
) -> Iterator[Json]:
    """The examples themselves, then as many like them, with values that the graph speaks of."""
    text = json.dumps(told).replace('\\"', '"')
    words = sorted(set(re.findall(r"['\"]([\w -]{1,20})['\"]", text)))[:400]
    numbers = sorted({float(one) for one in re.findall(r"(?<![\w.-])\d{1,6}(?:\.\d{1,3})?", text)})[
        :400
    ]
    pools = (words, numbers)
    yield from seeds
    for at in range(max(INPUTS - len(seeds), 0)):
        yield changed(seeds[at % len(seeds)], pools, draw=draw)


def changed(
    given: Json, pools: tuple[list[str], list[float]], *, draw: np.random.Generator
) -> Json:
    """An input with some of its values drawn anew, and some taken away."""
    if isinstance(given, dict):
        kept = {k: v for k, v in given.items() if draw.random() > 0.03}
        return {key: changed(told, pools, draw=draw) for key, told in kept.items()}
    if isinstance(given, list):
        return [changed(one, pools, draw=draw) for one in given if draw.random() > 0.1]
    if draw.random() < 0.4:
        return given
    if isinstance(given, bool):
        return bool(draw.random() < 0.5)
    if isinstance(given, int | float):
        base = float(draw.choice(pools[1])) if pools[1] else 1.0
        return base + float(draw.choice([-1.0, -0.5, 0.0, 0.0, 0.5, 1.0]))
    if isinstance(given, str) and pools[0]:
        return str(draw.choice(pools[0]))
    return given


def draw_graphs(count: int) -> list[Asked]:
    """Graphs of our own: an expression, a table on it, a switch, and a table on either way."""
    return [draw_graph(at, draw=np.random.default_rng(at)) for at in range(count)]


def draw_graph(seed: int, *, draw: np.random.Generator) -> Asked:
    """One graph, with inputs around its limits."""
    low, high = sorted(int(one) for one in draw.integers(1, 90, 2))
    words = ["a", "b", "c"]
    cells = [
        f"> {low}", f"<= {high}", f"[{low}..{high})", f"({low}..{high}]", "", f"!= {low}",
        f"< {low} or > {high}", f"$ % 2 == {int(draw.integers(2))}", f"{low}, {high}",
    ]  # fmt: skip
    names = ["'a'", "'a', 'b'", "!= 'c'", "startsWith($, 'a')", "", "not ($ == 'b')", "['b', 'c']"]
    given = [
        "x * 2", f"min([x, {high}])", "`${word}-${x}`", "{x: x, w: word}", f"round(x / {low}, 2)",
        "x > 10 ? 'big' : 'small'", "y ?? x", "len(filter(list, # > x))",
    ]  # fmt: skip
    rules = [
        {"_id": str(at), "t": str(draw.choice(cells)), "w": str(draw.choice(names)),
         "o": str(draw.choice(given)), "p": str(at)}
        for at in range(int(draw.integers(2, 7)))
    ]  # fmt: skip
    table = {
        "hitPolicy": str(draw.choice(["first", "collect"])),
        "passThrough": False,
        "inputs": [column("t", "t"), column("w", "word")],
        "outputs": [column("o", "out.o"), column("p", "out.p")],
        "rules": rules,
        "outputPath": "table",
    }  # fmt: skip
    first = [{"id": "1", "key": "t", "value": f"x + {low} - len(word)"},
             {"id": "2", "key": "deep.u", "value": "$.t * 0.1"}]  # fmt: skip
    switch = {"hitPolicy": "first", "statements": [
        {"id": "s1", "condition": f"t > {high}"}, {"id": "s2", "condition": ""}]}  # fmt: skip
    after = [[{"id": "1", "key": "way", "value": f"'{way}'"}] for way in ("high", "low")]
    nodes = [
        node("in", "inputNode", {}), node("out", "outputNode", {}),
        node("first", "expressionNode", {"expressions": first, "passThrough": True}),
        node("table", "decisionTableNode", table), node("switch", "switchNode", switch),
        *(node(f"w{at}", "expressionNode", {"expressions": one, "passThrough": True})
          for at, one in enumerate(after)),
    ]  # fmt: skip
    edges = [
        ("in", "first", ""), ("first", "table", ""), ("first", "switch", ""),
        ("switch", "w0", "s1"), ("switch", "w1", "s2"), ("w0", "out", ""), ("w1", "out", ""),
        ("table", "out", ""),
    ]  # fmt: skip
    told = {"nodes": nodes, "edges": [edge(*one) for one in edges]}
    some: tuple[Json, ...] = tuple(
        {"x": float(draw.integers(-5, 100)) / 2, "word": str(draw.choice([*words, "ab", ""])),
         "list": [float(one) for one in draw.integers(0, 60, 4)],
         **({"y": float(draw.integers(9))} if draw.random() < 0.5 else {})}
        for _ in range(INPUTS)
    )  # fmt: skip
    return Asked(f"drawn-{seed}", json.dumps(told), some)


def column(key: str, path: str) -> dict[str, str]:
    """A column as the file has it."""
    return {"id": key, "name": key, "field": path}


def node(key: str, *told: object) -> dict[str, object]:
    """A node as the file has it: key, kind, content."""
    place, (kind, content) = {"x": 0, "y": 0}, told
    return {"id": key, "type": kind, "name": key, "position": place, "content": content}


def edge(*told: str) -> dict[str, str | None]:
    """An edge as the file has it: source, target, handle."""
    return {"id": "-".join(told), "type": "edge", "sourceId": told[0], "targetId": told[1],
            "sourceHandle": told[2] or None}  # fmt: skip


def ours(asked: Asked) -> list[Value | str]:
    """What each input comes to here; the error's words where it fails."""
    graph = read_graph({asked.name: asked.graph}, asked.name)
    found: list[Value | str] = []
    for one in asked.inputs:
        try:
            found.append(graph.decide(exact(one)).value)
        except ValueError as error:
            found.append(f"{FAILED}{error}")
    return found


def exact(given: Json) -> Value:
    """JSON as values of ours: numbers as decimals, lists as tuples."""
    if isinstance(given, bool) or given is None or isinstance(given, str):
        return given
    if isinstance(given, list):
        return tuple(exact(one) for one in given)
    if isinstance(given, dict):
        return {key: exact(one) for key, one in given.items()}
    return Decimal(repr(given)) if isinstance(given, float) else Decimal(given)


def same(one: Value, other: Value) -> bool:
    """Whether two values are the same, numbers to what a float holds."""
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return abs(one - other) <= CLOSE * max(Decimal(1), abs(one))
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return type(one) is type(other) and one == other


def agrees(mine: Value, theirs: Mapping[str, Json]) -> bool:
    """Whether both give the same, or both fail."""
    failed = isinstance(mine, str) and mine.startswith(FAILED)
    if failed or "error" in theirs:
        return failed and "error" in theirs
    return same(mine, exact(theirs["is"]))
