"""Decision graphs of GoRules JDM: read from JSON, run for given inputs, with their reasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from haihe.decide.feel.values import Refused, Value
from haihe.decide.table.boxed import Mistake
from haihe.decide.table.dmn import Outcome
from haihe.decide.table.jdm_nodes import (
    READERS,
    SubWork,
    SwitchWork,
    Work,
    merged,
)
from haihe.decide.table.jdm_raw import RawGraph, RawNode
from haihe.decide.zen.evaluate import Evaluator
from haihe.decide.zen.functions import Unfit

FILE_MAX: Final = 16_000_000  # Ours, bytes; the largest public example has 1 M.
NODES_MAX: Final = 1_000  # The engine's own limit of steps.
GRAPHS_MAX: Final = 5  # The engine's own limit of graphs within graphs.


@dataclass(frozen=True, slots=True)
class Node:
    """A node that can be run.

    key: its id in the file.
    kind: "inputNode", "outputNode", "decisionTableNode", "expressionNode", "switchNode" or
        "decisionNode".
    name: what people read.
    work: what it does; None where it only passes on.
    """

    key: str
    kind: str
    name: str
    work: Work | None


@dataclass(frozen=True, slots=True)
class Edge:
    """From a node to another; of a switch, for one of its statements."""

    source: str
    target: str
    handle: str


@dataclass(frozen=True, slots=True)
class Graph:
    """A decision graph with all that it refers to.

    name: its file.
    nodes: by key, in the order of the file.
    edges: in the order of the file.
    mistakes: cells and expressions that could not be read; cells of them never pass.
    others: graphs that decision nodes name, by that name.
    """

    name: str
    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...]
    mistakes: tuple[Mistake, ...]
    others: Mapping[str, "Graph"]

    def decide(self, given: Value, *, now: int | None = None) -> Outcome:
        """What the graph gives for an input.

        given: its input, as FEEL values.
        now: seconds since 1970 that "now" means; None refuses it, since nothing here has a clock.
        Raises ValueError naming the node, if an expression does not fit what it meets; Refused if
            it takes too long.
        """
        run = _Run(self, Evaluator(now=now), notes=[])
        return Outcome(run.value(given), tuple(run.notes))


class _Run:
    """One evaluation of one graph."""

    def __init__(
        self, graph: Graph, running: Evaluator, *, notes: list[str], depth: int = 0
    ) -> None:
        self.graph = graph
        self.running = running
        self.notes = notes
        self.depth = depth
        self.edges = list(graph.edges)
        self.alive = set(graph.nodes)
        self.known: dict[str, Value] = {}

    def value(self, given: Value) -> Value:
        if self.depth >= GRAPHS_MAX:
            raise Refused(f"{self.graph.name} lies {GRAPHS_MAX} graphs deep; end the recursion.")
        order = [one for one in self.graph.nodes.values() if one.kind == "inputNode"]
        visited = self._walk(order[0].key, given)
        told: Value = {}
        for key in self.graph.nodes:
            if key in visited and key in self.alive and not self._after(key):
                told = merged(told, self.known[key])
        return told

    def _walk(self, start: str, given: Value) -> set[str]:
        """Nodes in the order in which all before them are done; a switch cuts what is not met."""
        visited: set[str] = set()
        switched: set[str] = set()
        waiting = [start]
        while waiting:
            key = waiting.pop()
            if key in visited or key not in self.alive:
                continue
            before = [edge.source for edge in self.edges if edge.target == key]
            open_ones = [one for one in before if one not in visited]
            if open_ones:
                waiting += [key, *open_ones]
                continue
            node = self.graph.nodes[key]
            if isinstance(node.work, SwitchWork) and key not in switched:
                switched.add(key)
                if self._switch(node, node.work):
                    visited, waiting = set(), [start] if start in self.alive else []
                    continue
            visited.add(key)
            if key not in self.known:
                self.known[key] = self._made(node, given)
                if node.kind == "outputNode":
                    break
            waiting += self._after(key)
        return visited

    def _after(self, key: str) -> list[str]:
        return [edge.target for edge in self.edges if edge.source == key]

    def _incoming(self, key: str) -> Value:
        sources = [edge.source for edge in reversed(self.edges) if edge.target == key]
        told = [self.known[one] for one in sources if one in self.known]
        found: Value = told[0] if told and isinstance(told[0], dict | tuple) else {}
        for one in told[1:]:
            found = merged(found, one)
        return found

    def _made(self, node: Node, given: Value) -> Value:
        if node.kind == "inputNode":
            return given
        arriving = self._incoming(node.key)
        if node.work is None or isinstance(node.work, SwitchWork):
            return arriving
        try:
            if isinstance(node.work, SubWork):
                return node.work.run(arriving, self.scope, inner=self._inner)
            return node.work.run(arriving, self.scope, running=self.running, notes=self.notes)
        except Unfit as error:
            raise ValueError(f"node '{node.name or node.key}': {error}") from error

    def scope(self, arriving: Value) -> dict[str, Value]:
        """What expressions of a node see: its input and, as ``$nodes``, what others gave."""
        nodes = {self.graph.nodes[key].name: told for key, told in self.known.items()}
        return {**(arriving if isinstance(arriving, dict) else {}), "$nodes": nodes}

    def _inner(self, name: str, given: Value) -> Value:
        other = self.graph.others[name]
        return _Run(other, self.running, notes=self.notes, depth=self.depth + 1).value(given)

    def _switch(self, node: Node, work: SwitchWork) -> bool:
        """Cut the edges of statements that are not met; whether there were such."""
        arriving = self._incoming(node.key)
        met = work.met(self.scope(arriving), self.running)
        self.notes.append(f"{node.name}: statements met: {', '.join(work.words(met)) or 'none'}")
        gone = [e for e in self.edges if e.source == node.key and e.handle not in met]
        for edge in gone:
            self._cut(edge)
        return bool(gone)

    def _cut(self, edge: Edge) -> None:
        """Take an edge out, with all that is reached by it or leads to it alone."""
        waiting = [edge]
        while waiting:
            one = waiting.pop(0)
            if one not in self.edges:
                continue
            self.edges.remove(one)
            if not any(e.target == one.target for e in self.edges):
                waiting += [e for e in self.edges if e.source == one.target]
                self._drop(one.target)
            if not any(e.source == one.source for e in self.edges):
                waiting += [e for e in self.edges if e.target == one.source]
                self._drop(one.source)

    def _drop(self, key: str) -> None:
        self.alive.discard(key)


def read_graph(texts: Mapping[str, str | bytes], name: str) -> Graph:
    """A decision graph.

    texts: file name to content, of the graph and of all that its decision nodes name.
    name: the file to begin with.
    Raises Refused if it is none, goes round in a circle, or has a node that runs code; the message
        names the node.
    """
    return _read(texts, name, path=())


def _read(texts: Mapping[str, str | bytes], name: str, *, path: tuple[str, ...]) -> Graph:
    raw = _raw(texts[name], name)
    mistakes: list[Mistake] = []
    nodes = {one.id: _node(one, mistakes) for one in raw.nodes}
    edges = tuple(Edge(e.source_id, e.target_id, e.source_handle or "") for e in raw.edges)
    _check(nodes, edges, name=name)
    others: dict[str, Graph] = {}
    for node in nodes.values():
        if isinstance(node.work, SubWork):
            wanted = node.work.graph
            if wanted in (*path, name):
                raise Refused(f"node '{node.name}' of {name} calls {wanted} in a circle; end it.")
            if wanted not in texts:
                raise Refused(
                    f"node '{node.name}' of {name} needs the file '{wanted}'; give it too."
                )
            others[wanted] = _read(texts, wanted, path=(*path, name))
    return Graph(name, nodes, edges, tuple(mistakes), others)


def _raw(content: str | bytes, name: str) -> RawGraph:
    if len(content) > FILE_MAX:
        raise Refused(f"{name} has {len(content)} characters; at most {FILE_MAX}.")
    try:
        return msgspec.json.decode(content, type=RawGraph)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused(f"{name} is no decision graph: {error}.") from error


def _node(raw: RawNode, mistakes: list[Mistake]) -> Node:
    label = f"node '{raw.name or raw.id}'"
    if raw.type in ("functionNode", "customNode"):
        what = "JavaScript" if raw.type == "functionNode" else "code of your own"
        raise Refused(f"{label} is {what} ({raw.type}), which is never run; write it as a table or "
                      "as expressions.")  # fmt: skip
    if raw.type not in READERS:
        raise Refused(f"{label} is a '{raw.type}'; there are {', '.join(READERS)}.")
    try:
        work = READERS[raw.type](raw.content, label=label, mistakes=mistakes)
    except msgspec.DecodeError as error:
        raise Refused(f"{label}: {error}.") from error
    return Node(raw.id, raw.type, raw.name, work)


def _check(nodes: Mapping[str, Node], edges: tuple[Edge, ...], *, name: str) -> None:
    begins = [one for one in nodes.values() if one.kind == "inputNode"]
    if len(begins) != 1 or len(nodes) > NODES_MAX:
        raise Refused(f"{name} has {len(begins)} input nodes and {len(nodes)} nodes; it needs one "
                      f"input, and {NODES_MAX} nodes at most.")  # fmt: skip
    for edge in edges:
        for key in (edge.source, edge.target):
            if key not in nodes:
                raise Refused(f"{name}: an edge leads to '{key}', which is not there; delete it.")
    left = {key: sum(edge.target == key for edge in edges) for key in nodes}
    free = [key for key, count in left.items() if not count]
    done = 0
    while free:
        key = free.pop()
        done += 1
        for edge in edges:
            if edge.source == key:
                left[edge.target] -= 1
                if not left[edge.target]:
                    free.append(edge.target)
    if done < len(nodes):
        round_ = next(nodes[key].name for key, count in left.items() if count)
        raise Refused(f"{name} goes round in a circle through node '{round_}'; delete an edge.")
