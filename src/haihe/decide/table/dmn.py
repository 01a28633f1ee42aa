"""Decision models of DMN 1.1 to 1.6: read from XML, run for given inputs, with their reasons."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from haihe.decide.feel.answers import TESTED
from haihe.decide.feel.evaluate import Closure, Evaluator
from haihe.decide.feel.kinds import Definition, Kinds
from haihe.decide.feel.nodes import Fitted, Lambda, Literal, Native, Node, Running, Scope, TypeName
from haihe.decide.feel.parse import parse_tests
from haihe.decide.feel.values import DEPTH_MAX, Refused, Value
from haihe.decide.table.boxed import BOXED, Desk, Mistake, read_boxed, read_function
from haihe.decide.table.decision_table import Table
from haihe.decide.table.markup import Element, read_markup

KINDS: Final = {
    "inputData": "input", "decision": "decision", "businessKnowledgeModel": "knowledge",
    "decisionService": "service",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """An input, a decision, a function (business knowledge model) or a decision service.

    sort: "input", "decision", "knowledge" or "service".
    name: as other parts call it.
    key: namespace and id, as "namespace#id".
    kind: its type; None for any.
    node: its expression; None if it has none.
    needs: keys of what it requires, in the order of the file.
    outputs: of a service, keys of its decisions; ``needs`` are then its parameters.
    """

    sort: str
    name: str
    key: str
    kind: TypeName | None
    node: Node | None
    needs: tuple[str, ...]
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a decision came to.

    value: None for null.
    notes: which rules were met with which inputs, in the order in which it was decided.
    """

    value: Value
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """A decision model with all that it imports.

    name, namespace: of the file asked for.
    parts: by key.
    kinds: all types.
    spaces: prefix to namespace of what is imported.
    mistakes: what could not be read; it is null where it is used.
    tables: all decision tables.
    """

    name: str
    namespace: str
    parts: Mapping[str, Part]
    kinds: Kinds
    spaces: Mapping[str, str]
    mistakes: tuple[Mistake, ...]
    tables: tuple[Table, ...]

    def find(self, name: str, *sorts: str) -> Part | None:
        """The part of a name; None if there is none."""
        return next(
            (
                one for key, one in self.parts.items()
                if one.name == name and one.sort in sorts and key.startswith(self.namespace + "#")
            ),
            None,
        )  # fmt: skip

    def names(self, sort: str) -> tuple[str, ...]:
        """The names of all parts of a sort."""
        mine = self.namespace + "#"
        return tuple(o.name for k, o in self.parts.items() if o.sort == sort and k.startswith(mine))

    def decide(
        self, name: str, given: Mapping[str, Value], *, today: Value = None, now: Value = None
    ) -> Outcome:
        """What a decision or a decision service comes to.

        given: inputs by name; what is left out is null. A decision's name among them overrides it.
        today, now: what these functions give; None for null, since nothing here has a clock.
        Raises ValueError if there is no such decision; Refused if it takes too long.
        """
        part = self.find(name, "decision", "service", "knowledge")
        if part is None:
            known = ", ".join(self.names("decision") + self.names("service"))
            raise ValueError(f"there is no decision '{name}'; there are {known}.")
        run = _Run(self, Evaluator(self.kinds, today=today, now=now), dict(given))
        told = run.value(part)
        if part.sort != "decision":
            names = [run.label(key, self.namespace) for key in part.needs]
            if isinstance(told, Closure):
                names = list(told.names)
            told = run.running.invoke(told, tuple(given.get(one) for one in names))
        return Outcome(told, tuple(run.running.notes))


class _Run:
    """One evaluation: what is decided already is kept."""

    def __init__(self, model: Model, running: Evaluator, *args: dict[str, Value]) -> None:
        self.model = model
        self.running = running
        self.given = args[0]
        self.known: dict[str, Value] = {}
        self.open: list[str] = []

    def value(self, part: Part) -> Value:
        if part.key in self.known:
            return self.known[part.key]
        if part.key in self.open or len(self.open) > DEPTH_MAX:
            raise Refused(f"'{part.name}' needs itself; break the circle of its requirements.")
        self.open.append(part.key)
        told = self._made(part)
        self.open.pop()
        self.known[part.key] = told
        return told

    def _made(self, part: Part) -> Value:
        local = part.key.startswith(self.model.namespace + "#")
        label = part.name if local else self._prefixed(part)
        if part.sort in ("input", "decision") and (label in self.given or part.sort == "input"):
            return self._fit(Literal(self.given.get(label)), part)
        if part.sort == "service":
            return self._service(part)
        scope = self.scope(part)
        if part.sort == "decision":
            return None if part.node is None else self._fit(part.node, part, scope=scope)
        if not isinstance(part.node, Lambda):
            return None
        body = part.node.body
        if part.kind is not None and part.kind.name != "function":
            body = Fitted(body, part.kind)
        made = Closure(part.node.names, part.node.kinds, body, scope)
        scope.setdefault(part.name, made)
        return made

    def _prefixed(self, part: Part) -> str:
        space = part.key.partition("#")[0]
        prefix = next((p for p, s in self.model.spaces.items() if s == space), "")
        return f"{prefix}.{part.name}"

    def _fit(self, node: Node, part: Part, *, scope: Scope | None = None) -> Value:
        made = node if part.kind is None else Fitted(node, part.kind)
        return self.running.value(made, scope or {})

    def scope(self, part: Part) -> dict[str, Value]:
        """What a part requires, by name; what is imported, under its prefix."""
        found: dict[str, Value] = {}
        space = part.key.partition("#")[0]
        for key in part.needs:
            other = self.model.parts.get(key)
            if other is None:
                continue
            told = self.value(other)
            if key.startswith(space + "#"):
                found[other.name] = told
                continue
            prefix = self._prefixed(other).partition(".")[0]
            inner = found.setdefault(prefix, {}) if prefix else found
            assert isinstance(inner, dict)
            inner[other.name] = told
        return found

    def label(self, key: str, space: str) -> str:
        """A part's name as a parameter."""
        part = self.model.parts[key]
        return part.name if key.startswith(space + "#") else self._prefixed(part)

    def _service(self, part: Part) -> Value:
        names = tuple(self.model.parts[key].name for key in part.needs if key in self.model.parts)
        kinds = tuple(self.model.parts[key].kind for key in part.needs if key in self.model.parts)

        def work(running: Running, scope: Scope) -> Value:  # noqa: ARG001
            given = {**self.given, **{name: scope.get(name) for name in names}}
            inner = _Run(self.model, self.running, given)
            inner.open = list(self.open)
            if len(inner.open) > DEPTH_MAX:
                raise Refused(f"service '{part.name}' calls itself without end.")
            told = {
                one.name: inner.value(one)
                for one in (
                    self.model.parts[key] for key in part.outputs if key in self.model.parts
                )
            }
            return next(iter(told.values())) if len(told) == 1 else told

        body: Node = Native(work)
        return Closure(names, kinds, body if part.kind is None else Fitted(body, part.kind), {})


def read_model(texts: Mapping[str, str | bytes], name: str) -> Model:
    """A decision model.

    texts: file name to content, of the model and all it imports.
    name: the file to begin with.
    Raises Refused if a file is no DMN; what is wrong within it is in ``mistakes``.
    """
    roots = {file: read_markup(content) for file, content in texts.items()}
    for file, root in roots.items():
        if root.name != "definitions":
            raise Refused(f"{file} begins with <{root.name}>; DMN begins with <definitions>.")
    root = roots[name]
    names = tuple(dict.fromkeys(one for each in roots.values() for one in _names(each)))
    desk = Desk(names)
    kinds = _kinds(roots.values(), desk, main=root)
    parts: dict[str, Part] = {}
    for each in roots.values():
        space = each.attributes.get("namespace", "")
        for element in each.children:
            if element.name in KINDS:
                made = _part(element, desk, space=space)
                parts[made.key] = made
    spaces = {
        one.attributes.get("name", ""): one.attributes.get("namespace", "")
        for each in roots.values() for one in each.all("import")
    }  # fmt: skip
    model = Model(
        root.attributes.get("name", name),
        root.attributes.get("namespace", ""),
        parts,
        kinds,
        spaces,
        tuple(desk.mistakes),
        tuple(desk.tables),
    )
    return replace(model, mistakes=(*model.mistakes, *_circles(model)))


def _names(root: Element) -> Iterator[str]:
    waiting = [root]
    while waiting:
        element = waiting.pop()
        yield element.attributes.get("name", "")
        waiting += element.children


def _part(element: Element, desk: Desk, *, space: str) -> Part:
    variable = element.first("variable")
    name = element.attributes.get("name", "")
    key = f"{space}#{element.attributes.get('id', name)}"
    kind = None if variable is None else desk.kind(variable.attributes.get("typeRef", ""))
    links = {
        tag: tuple(_key(one, space) for one in element.all(tag))
        for tag in ("inputDecision", "inputData", "outputDecision")
    }
    sort = KINDS[element.name]
    if sort == "service":
        needs = links["inputData"] + links["inputDecision"]
        return Part(sort, name, key, kind, None, needs, links["outputDecision"])
    needs = tuple(
        _key(one, space)
        for requirement in element.children
        if requirement.name in ("informationRequirement", "knowledgeRequirement")
        for one in requirement.children
    )
    if sort == "knowledge":
        logic = element.first("encapsulatedLogic")
        made = None if logic is None else read_function(logic, desk, where=name)
        return Part(sort, name, key, kind, made, needs)
    node = read_boxed(element.first(*BOXED), desk, where=name) if sort == "decision" else None
    return Part(sort, name, key, kind, node, needs)


def _key(element: Element, space: str) -> str:
    href = element.attributes.get("href", "")
    told, _, name = href.rpartition("#")
    return f"{told or space}#{name}"


def _kinds(roots: Iterator[Element] | object, desk: Desk, *, main: Element) -> Kinds:
    prefixes = {
        one.attributes.get("namespace", ""): one.attributes.get("name", "")
        for one in main.all("import")
    }
    found: dict[str, Definition] = {}
    assert hasattr(roots, "__iter__")
    for root in roots:
        prefix = prefixes.get(root.attributes.get("namespace", ""), "")
        for element in root.all("itemDefinition"):
            name = element.attributes.get("name", "")
            made = _definition(element, desk)
            found[name] = made
            if prefix and root is not main:
                found[f"{prefix}.{name}"] = made
    kinds = Kinds(found)

    def passes(test: Node, given: Value) -> bool:
        return Evaluator(kinds).value(test, {TESTED: given}) is True

    return replace(kinds, passes=passes)


def _definition(element: Element, desk: Desk) -> Definition:
    name = element.attributes.get("name", "")
    base = desk.kind(element.told("typeRef") or element.attributes.get("typeRef", ""))
    if element.first("functionItem") is not None:
        base = TypeName("function")
    fields = tuple(
        (one.attributes.get("name", ""), _definition(one, desk))
        for one in element.all("itemComponent")
    )
    if base is None and not fields:
        base = TypeName("Any")
    told = element.first("typeConstraint") or element.first("allowedValues")
    text = "" if told is None else told.told("text")
    allowed = None
    if told is not None and text:
        allowed = desk.attempt(
            told, name, read=partial(parse_tests, text, desk.names), instead=None
        )
    return Definition(
        base=None if fields else base,
        fields=fields,
        is_list=element.attributes.get("isCollection", "false") == "true",
        allowed=allowed,
        whole=told is not None and told.name == "typeConstraint",
    )


def _circles(model: Model) -> Iterator[Mistake]:
    """Decisions that need themselves, and requirements of what is not there."""
    done: set[str] = set()
    for start in model.parts:
        path: list[tuple[str, int]] = [(start, 0)]
        on_path = {start}
        while path:
            key, at = path.pop()
            part = model.parts.get(key)
            if part is None or key in done or part.sort == "service" or at >= len(part.needs):
                on_path.discard(key)
                done.add(key)
                continue
            path.append((key, at + 1))
            after = part.needs[at]
            if after not in model.parts:
                words = f"it requires '{after}', which is not there; add it, or give its file too."
                yield Mistake(0, part.name, words)
            elif after in on_path and part.sort == "decision":
                words = f"it needs itself through '{model.parts[after].name}'; break the circle."
                yield Mistake(0, part.name, words)
            elif after not in done and after not in on_path:
                path.append((after, 0))
                on_path.add(after)
