"""What the nodes of a JDM graph do: tables, expressions, switches, other graphs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec

from haihe.decide.feel.values import Refused, Value, show
from haihe.decide.table.boxed import Mistake
from haihe.decide.table.jdm_raw import (
    RawColumn,
    RawEdgeNode,
    RawExpressions,
    RawSub,
    RawSwitch,
    RawTable,
    RawTransform,
)
from haihe.decide.zen.evaluate import Evaluator, Scope, put
from haihe.decide.zen.functions import Unfit
from haihe.decide.zen.nodes import Const, Node
from haihe.decide.zen.parse import parse, parse_test

NOTED_MAX: Final = 1_000  # Ours: nobody reads more reasons of one decision.
See: TypeAlias = Callable[[Value], dict[str, Value]]


def merged(one: Value, other: Value) -> Value:
    """An object with another laid over it, objects within it too; null takes a field out."""
    if isinstance(other, tuple):
        return other
    if not isinstance(other, dict):
        return one
    return _over(one, other)


def _over(one: Value, other: Value) -> Value:
    if not isinstance(one, dict) or not isinstance(other, dict):
        return other
    found = dict(one)
    for key, told in other.items():
        if told is None:
            found.pop(key, None)
        else:
            found[key] = _over(found.get(key), told)
    return found


@dataclass(frozen=True, slots=True)
class Transform:
    """How a node takes its input and gives its output.

    source: what of the input it works on; None for all.
    path: where its output goes; "" for on top.
    loops: whether it works on each member of a list.
    passes: whether what came in goes on, with the output over it.
    """

    source: Node | None
    path: str
    loops: bool
    passes: bool

    def run(
        self, given: Value, see: See, *, work: Callable[[Value], Value], running: Evaluator
    ) -> Value:
        """What comes out of a node that does ``work``.

        Raises Unfit if there is no list to go through.
        """
        source = given if self.source is None else running.value(self.source, see(given))
        told: Value
        if not self.loops:
            told = work(source)
        elif isinstance(source, tuple):
            each = [work(one) for one in source]
            told = tuple(
                merged(one, made) if self.passes else made
                for one, made in zip(source, each, strict=True)
            )
        else:
            raise Unfit(f"it goes through a list, but met {show(source)[:80]}.")
        if self.path:
            told = put({}, self.path, value=told)
        return merged(given, told) if self.passes else told


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its column's field and its own test or expression; None for one that never passes."""

    field: Node | None
    made: Node | None
    path: str = ""


@dataclass(frozen=True, slots=True)
class TableWork:
    """A decision table.

    label: the node, for reasons.
    collects: whether all rules that are met count, and not the first alone.
    columns: paths of the outputs that are lists of all rules that are met, beside the first's.
    rules: of each its tests and its outputs.
    """

    label: str
    transform: Transform
    collects: bool
    columns: tuple[str, ...]
    rules: tuple[tuple[tuple[Cell, ...], tuple[Cell, ...]], ...]

    def run(self, given: Value, see: See, *, running: Evaluator, notes: list[str]) -> Value:
        """What the table gives."""

        def work(source: Value) -> Value:
            return self._table(see(source), running, notes=notes)

        return self.transform.run(given, see, work=work, running=running)

    def _table(self, scope: Scope, running: Evaluator, *, notes: list[str]) -> Value:
        rows: list[tuple[int, dict[str, Value]]] = []
        for at, (tests, outputs) in enumerate(self.rules, 1):
            if all(_passes(test, scope, running=running) for test in tests):
                row = _row(outputs, scope, running=running)
                rows += [] if row is None else [(at, row)]
                if row is not None and not self.collects and not self.columns:
                    break
        if len(notes) < NOTED_MAX:
            met = ", ".join(str(at) for at, _ in rows) or "none"
            notes.append(f"{self.label}: rules met: {met}")
        if self.collects:
            return tuple(_nested(row) for _, row in rows)
        return self._joined([row for _, row in rows]) if rows else None

    def _joined(self, rows: list[dict[str, Value]]) -> Value:
        """The first row, with the columns that are lists of all."""
        found = dict(rows[0])
        for path in self.columns:
            found[path] = tuple(row[path] for row in rows if path in row)
        return _nested(found)


def _passes(cell: Cell, scope: Scope, *, running: Evaluator) -> bool:
    """Whether a cell is met; one that does not fit what it meets is not."""
    if cell.made is None:
        return False
    try:
        if cell.field is None:
            return running.value(cell.made, scope) is True
        about = running.value(cell.field, scope)
        return running.value(cell.made, {**scope, "$": about}) is True
    except Unfit:
        return False


def _nested(row: Mapping[str, Value]) -> dict[str, Value]:
    """Values by dotted path as objects within objects."""
    found: dict[str, Value] = {}
    for path, told in row.items():
        found = put(found, path, value=told)
    return found


def _row(cells: Sequence[Cell], scope: Scope, *, running: Evaluator) -> dict[str, Value] | None:
    """The outputs of a rule by path; None if one cannot be told."""
    found: dict[str, Value] = {}
    for cell in cells:
        if cell.made is None:
            return None
        try:
            found[cell.path] = running.value(cell.made, scope)
        except Unfit:
            return None
    return found


@dataclass(frozen=True, slots=True)
class ExpressionWork:
    """Expressions one after the other; each sees those before it as ``$``."""

    transform: Transform
    steps: tuple[tuple[str, Node], ...]

    def run(self, given: Value, see: See, *, running: Evaluator, notes: list[str]) -> Value:  # noqa: ARG002
        """What the expressions give."""

        def work(source: Value) -> Value:
            found: dict[str, Value] = {}
            scope = see(source)
            for path, node in self.steps:
                told = running.value(node, scope)
                found = put(found, path, value=told)
                scope = {**scope, "$": found}
            return found

        return self.transform.run(given, see, work=work, running=running)


@dataclass(frozen=True, slots=True)
class SwitchWork:
    """Ways out, each with its condition.

    collects: whether all that are met are taken, and not the first alone.
    statements: handle, condition as written and as read (None for one that never holds).
    """

    collects: bool
    statements: tuple[tuple[str, str, Node | None], ...]

    def met(self, scope: Scope, running: Evaluator) -> set[str]:
        """Handles of the ways that are taken."""
        found: set[str] = set()
        for handle, _, node in self.statements:
            try:
                holds = node is not None and running.value(node, scope) is True
            except Unfit:
                holds = False
            if holds:
                found.add(handle)
                if not self.collects:
                    break
        return found

    def words(self, handles: set[str]) -> list[str]:
        """Their conditions as written."""
        return [text or "else" for handle, text, _ in self.statements if handle in handles]


@dataclass(frozen=True, slots=True)
class SubWork:
    """Another graph, by its file's name."""

    transform: Transform
    graph: str

    def run(self, given: Value, see: See, *, inner: Callable[[str, Value], Value]) -> Value:
        """What the other graph gives."""
        running = Evaluator()
        return self.transform.run(
            given, see, work=lambda source: inner(self.graph, source), running=running
        )


Work: TypeAlias = TableWork | ExpressionWork | SwitchWork | SubWork


@dataclass(frozen=True, slots=True)
class _Desk:
    label: str
    mistakes: list[Mistake]

    def read(self, text: str, *, how: Callable[[str], Node] = parse) -> Node | None:
        try:
            return how(text)
        except Refused as error:
            self.mistakes.append(Mistake(0, self.label, f"'{text[:80]}': {error}"))
            return None

    def transform(self, raw: RawTransform) -> Transform:
        source = None if not raw.input_field else self.read(raw.input_field)
        if raw.input_field and source is None:
            source = Const(None)
        return Transform(source, raw.output_path or "", raw.execution_mode == "loop",
                         raw.pass_through)  # fmt: skip


def _table(content: msgspec.Raw, *, label: str, mistakes: list[Mistake]) -> Work:
    raw, desk = msgspec.json.decode(content, type=RawTable), _Desk(label, mistakes)
    fields = {
        one.id: None if not (one.field or "").strip() else desk.read(one.field or "")
        for one in raw.inputs
    }
    rules = []
    for at, line in enumerate(raw.rules, 1):
        at_rule = _Desk(f"{label}, rule {at}", mistakes)
        cells = {key: told.strip() for key, told in line.items() if isinstance(told, str)}
        tests = tuple(
            Cell(fields[one.id], at_rule.read(cells[one.id], how=_how(one)))
            for one in raw.inputs if cells.get(one.id)
        )  # fmt: skip
        outputs = tuple(
            Cell(None, at_rule.read(cells[one.id]), _path(one))
            for one in raw.outputs if cells.get(one.id) and (one.field or "").strip()
        )  # fmt: skip
        rules.append((tests, outputs))
    if raw.hit_policy not in ("first", "collect"):
        raise Refused(f"{label}: '{raw.hit_policy}' is no hit policy; use first or collect.")
    collects = raw.hit_policy == "collect"
    columns = tuple(_path(one) for one in raw.outputs if (one.field or "").rstrip().endswith("[]"))
    return TableWork(
        label, desk.transform(raw), collects, () if collects else columns, tuple(rules)
    )


def _how(column: RawColumn) -> Callable[[str], Node]:
    """A column with a field has tests about it; one without, expressions of its own."""
    return parse_test if (column.field or "").strip() else parse


def _path(column: RawColumn) -> str:
    """Where an output goes; "[]" behind it makes it a list."""
    return (column.field or "").strip().removesuffix("[]").rstrip()


def _expressions(content: msgspec.Raw, *, label: str, mistakes: list[Mistake]) -> Work:
    raw, desk = msgspec.json.decode(content, type=RawExpressions), _Desk(label, mistakes)
    steps = []
    for one in raw.expressions:
        if one.key and one.value:
            node = desk.read(one.value)
            if node is None:
                raise Refused(f"{label}, {one.key}: {mistakes[-1].words}")
            steps.append((one.key, node))
    return ExpressionWork(desk.transform(raw), tuple(steps))


def _switch(content: msgspec.Raw, *, label: str, mistakes: list[Mistake]) -> Work:
    raw, desk = msgspec.json.decode(content, type=RawSwitch), _Desk(label, mistakes)
    statements = tuple(
        (one.id, one.condition, desk.read(one.condition) if one.condition else Const(True))  # noqa: FBT003
        for one in raw.statements
    )
    return SwitchWork(raw.hit_policy == "collect", statements)


def _sub(content: msgspec.Raw, *, label: str, mistakes: list[Mistake]) -> Work:
    raw = msgspec.json.decode(content, type=RawSub)
    return SubWork(_Desk(label, mistakes).transform(raw), raw.key)


def _edge(content: msgspec.Raw, *, label: str, mistakes: list[Mistake]) -> Work | None:
    raw = msgspec.json.decode(content, type=RawEdgeNode | None)
    if raw is not None and raw.schema:
        words = "its JSON schema is not checked; give inputs that meet it."
        mistakes.append(Mistake(0, label, words))
    return None


READERS: Final[Mapping[str, Callable[..., Work | None]]] = {
    "inputNode": _edge,
    "outputNode": _edge,
    "decisionTableNode": _table,
    "expressionNode": _expressions,
    "switchNode": _switch,
    "decisionNode": _sub,
}
