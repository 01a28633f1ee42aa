"""Schemes from YAML that a lawyer can read. ``docs/schemes.md`` tells the words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, TypeVar

from haihe.decide.scheme.clause import (
    Condition,
    Keeping,
    Measure,
    Paper,
    Parameter,
    Scheme,
    Status,
    Step,
    Version,
)
from haihe.decide.scheme.facts import Fact, FactKind, FactSchema
from haihe.decide.scheme.quantity import (
    DECIMALS_MAX,
    parse_day,
    parse_money,
    parse_scaled,
    parse_share,
)
from haihe.decide.scheme.reading_benefit import NO_BENEFIT, read_benefit
from haihe.decide.scheme.reading_need import read_need
from haihe.decide.scheme.spots import Problem, Spot, Wrong, open_text, read_span, title_of
from haihe.decide.scheme.stacking import Cap, Group, Scope, Stacking
from haihe.model.text import Text

PUBLISH_DAYS: Final = 5  # The rule of most municipal schemes, where nothing is said.
PUBLISH_MAX: Final = 60  # Ours: a quarter of a year.
YEARS_MAX: Final = 30  # Ours: no promise of a subsidy is longer.
ISSUER_UNKNOWN: Final = Text(zh="未注明", en="not said")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Example:
    """A case beside a scheme: given these facts, that comes of it.

    scheme: its name.
    day: days since 1970; None for the first day of the last version.
    given: fact to what is written.
    verdict: "eligible", "not" or "unknown".
    because: conditions that fail; None if the case does not say.
    missing: facts that are missing; None if the case does not say.
    amount_fen: None if the case does not say.
    file, line: where it stands.
    """

    scheme: str
    day: int | None
    given: Mapping[str, str | tuple[str, ...]]
    verdict: str
    because: tuple[str, ...] | None
    missing: tuple[str, ...] | None
    amount_fen: int | None
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Library:
    """What files say together.

    schema: all facts.
    schemes, stacking, examples: in the order of the files.
    problems: what could not be read; such clauses are left out.
    """

    schema: FactSchema
    schemes: tuple[Scheme, ...]
    stacking: Stacking
    examples: tuple[Example, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where reading lays down what it finds."""

    file: str
    schema: FactSchema
    problems: list[Problem] = field(default_factory=list)

    def attempt(self, clause: str, spot: Spot, *, read: Callable[[], T]) -> T | None:
        """What can be read; None, with the problem noted, if it cannot."""
        try:
            return read()
        except ValueError as error:
            line = error.line if isinstance(error, Wrong) else spot.line
            self.problems.append(Problem(self.file, line, clause, str(error)))
            return None


def read_library(texts: Mapping[str, str]) -> Library:
    """All schemes of some files, with the facts they speak of.

    texts: file name to YAML text; facts may stand in one and schemes in another.
    """
    problems: list[Problem] = []
    roots: dict[str, dict[str, Spot]] = {}
    for file, text in texts.items():
        try:
            root = open_text(text)
            if root is not None:
                roots[file] = root.parts("", "facts schemes stacking")
        except Wrong as error:
            problems.append(Problem(file, error.line, "file", str(error)))
    facts: dict[str, Fact] = {}
    for file, parts in roots.items():
        desk = _Desk(file, FactSchema(()), problems)
        if "facts" in parts:
            desk.attempt(
                "facts", parts["facts"], read=partial(_facts, desk, parts["facts"], facts=facts)
            )
    schema = FactSchema(tuple(facts.values()))
    schemes: list[Scheme] = []
    examples: list[Example] = []
    stacking = Stacking()
    for file, parts in roots.items():
        desk = _Desk(file, schema, problems)
        for spot in _listed(desk, parts, name="schemes"):
            found = _scheme(desk, spot)
            if found is not None:
                schemes.append(found[0])
                examples.extend(found[1])
        for spot in _listed(desk, parts, name="stacking"):
            stacking = (
                desk.attempt("stacking", spot, read=partial(_stack, stacking, spot)) or stacking
            )
    return Library(schema, tuple(schemes), stacking, tuple(examples), tuple(problems))


def _listed(desk: _Desk, parts: Mapping[str, Spot], *, name: str) -> tuple[Spot, ...]:
    if name not in parts:
        return ()
    return desk.attempt(name, parts[name], read=parts[name].items) or ()


def _facts(desk: _Desk, spot: Spot, *, facts: dict[str, Fact]) -> None:
    for name, one in spot.pairs().items():
        found = desk.attempt(f"fact {name}", one, read=partial(_fact, name, one))
        if found is not None and name in facts:
            words = "it is declared twice; keep one."
            desk.problems.append(Problem(desk.file, one.line, f"fact {name}", words))
        elif found is not None:
            facts[name] = found


def _fact(name: str, spot: Spot) -> Fact:
    parts = spot.parts("kind", "zh en unit decimals words low high")
    kind = parts["kind"].take(_one_of(FactKind))
    decimals = int(parts["decimals"].text()) if "decimals" in parts else 0
    words = _words(parts["words"]) if "words" in parts else {}
    fact = Fact(
        name=name,
        kind=kind,
        title=title_of(parts, name),
        unit=parts["unit"].text() if "unit" in parts else "1",
        decimals=decimals,
        words=tuple(words),
        word_titles=tuple(title for title in words.values() if title is not None),
    )
    low = parts["low"].take(fact.encode) if "low" in parts else None
    high = parts["high"].take(fact.encode) if "high" in parts else None
    return replace(fact, low=low, high=high)


def _words(spot: Spot) -> dict[str, Text | None]:
    """What a category or tag can be: bare words, or each with what people read for it."""
    if spot.is_plain or spot.is_list:
        return dict.fromkeys(spot.texts())
    found: dict[str, Text | None] = {}
    for word, one in spot.pairs().items():
        told = {name: part.text() for name, part in one.parts("", "zh en").items()}
        found[word] = Text(zh=told.get("zh", word), en=told.get("en", word))
    return found


def _scheme(desk: _Desk, spot: Spot) -> tuple[Scheme, list[Example]] | None:
    parts = desk.attempt("scheme", spot, read=partial(spot.parts, "id versions", "zh en issuer"))
    if parts is None:
        return None
    name = desk.attempt("scheme", spot, read=parts["id"].text)
    if name is None:
        return None
    found = desk.attempt(name, parts["versions"], read=parts["versions"].items) or ()
    versions, examples = [], []
    for one in found:
        version = desk.attempt(name, one, read=partial(_version, desk, one, name=name))
        if version is not None:
            versions.append(version[0])
            examples.extend(version[1])
    issuer = ISSUER_UNKNOWN
    if "issuer" in parts:
        issuer = _issuer(parts["issuer"])
    scheme = Scheme(name, title_of(parts, name), issuer, tuple(versions), desk.file, spot.line)
    return scheme, examples


def _issuer(spot: Spot) -> Text:
    """Who issues it: one name, or one in each language."""
    if spot.is_plain:
        return Text(zh=spot.text(), en=spot.text())
    parts = spot.parts("", "zh en")
    if not parts:
        raise spot.wrong("here belongs the office: a name, or {zh: ..., en: ...}.")
    return title_of(parts, "")


def _version(desk: _Desk, spot: Spot, *, name: str) -> tuple[Version, list[Example]]:
    parts = spot.parts(
        "from benefit",
        "to status source parameters conditions cases automatic papers keeping publish",
    )
    begins = parts["from"].take(parse_day)
    ends = parts["to"].take(parse_day) if "to" in parts else None
    if ends is not None and ends < begins:
        raise parts["to"].wrong("it ends before it begins; swap 'from' and 'to'.")
    status = parts["status"].take(_one_of(Status)) if "status" in parts else Status.DRAFT
    parameters = []
    if "parameters" in parts:
        for called, one in parts["parameters"].pairs().items():
            clause = f"{name}, parameter {called}"
            found = desk.attempt(clause, one, read=partial(_parameter, called, one))
            parameters += [] if found is None else [found]
    conditions: list[Condition] = []
    for at, one in enumerate(parts["conditions"].items() if "conditions" in parts else (), 1):
        condition = _condition(desk, one, clause=f"{name}, condition {at}")
        conditions += [] if condition is None else [condition]
    benefit = desk.attempt(
        f"{name}, benefit",
        parts["benefit"],
        read=partial(read_benefit, parts["benefit"], desk.schema),
    )
    examples = []
    for one in _listed(desk, parts, name="cases"):
        example = desk.attempt(f"{name}, case", one, read=partial(_example, desk, one, scheme=name))
        examples += [] if example is None else [example]
    version = Version(
        begins,
        ends,
        status,
        tuple(parameters),
        tuple(conditions),
        benefit or NO_BENEFIT,
        read_span(parts["source"]) if "source" in parts else None,
        spot.line,
        parts["automatic"].truth() if "automatic" in parts else False,
        _papers(desk, parts, name=name),
        desk.attempt(f"{name}, keeping", parts["keeping"], read=partial(_keeping, parts["keeping"]))
        if "keeping" in parts
        else None,
        parts["publish"].take(_workdays) if "publish" in parts else PUBLISH_DAYS,
    )
    return version, examples


def _papers(desk: _Desk, parts: Mapping[str, Spot], *, name: str) -> tuple[Paper, ...]:
    found = []
    for one in _listed(desk, parts, name="papers"):
        told = desk.attempt(f"{name}, paper", one, read=partial(one.parts, "id", "zh en"))
        if told is not None:
            found.append(Paper(told["id"].text(), title_of(told, told["id"].text())))
    return tuple(found)


def _workdays(text: str) -> int:
    if not text.isdecimal() or int(text) > PUBLISH_MAX:
        raise ValueError(f"'{text}' is no number of working days, 0 to {PUBLISH_MAX}.")
    return int(text)


def _keeping(spot: Spot) -> Keeping:
    parts = spot.parts("conditions years")
    years = int(parts["years"].text())
    if not 0 < years <= YEARS_MAX:
        raise parts["years"].wrong(f"{years} years; it must be 1 to {YEARS_MAX}.")
    return Keeping(parts["conditions"].texts(), years)


def _condition(desk: _Desk, spot: Spot, *, clause: str) -> Condition | None:
    parts = desk.attempt(clause, spot, read=partial(spot.parts, "id require", "zh en source"))
    if parts is None:
        return None
    name = parts["id"].text() if parts["id"].is_plain else "?"
    clause = f"{clause.partition(',')[0]}, condition {name}"

    def read() -> Condition:
        return Condition(
            name,
            title_of(parts, name),
            read_need(parts["require"], desk.schema),
            read_span(parts["source"]) if "source" in parts else None,
            spot.line,
        )

    return desk.attempt(clause, spot, read=read)


_MEASURES: Final[dict[Measure, Callable[[str], int]]] = {
    Measure.MONEY: parse_money,
    Measure.SHARE: parse_share,
    Measure.NUMBER: lambda text: parse_scaled(text, DECIMALS_MAX),
    Measure.DATE: parse_day,
}


def _parameter(name: str, spot: Spot) -> Parameter:
    parts = spot.parts("kind steps")
    measure = parts["kind"].take(_one_of(Measure))
    return Parameter(name, measure, _steps(parts["steps"], _MEASURES[measure]))


def _steps(spot: Spot, read: Callable[[str], int]) -> tuple[Step, ...]:
    """Values from days on, rising; at least one."""
    steps: list[Step] = []
    for one in spot.items():
        told = one.parts("from is")
        step = Step(told["from"].take(parse_day), told["is"].take(read))
        if steps and step.begins <= steps[-1].begins:
            raise one.wrong("two values overlap: let each begin later than the one before.")
        steps.append(step)
    if not steps:
        raise spot.wrong("here is no value; give at least one: {from: 2026-01-01, is: ...}.")
    return tuple(steps)


def _example(desk: _Desk, spot: Spot, *, scheme: str) -> Example:
    parts = spot.parts("given then", "on because missing amount")
    verdict = parts["then"].text()
    if verdict not in ("eligible", "not", "unknown"):
        raise parts["then"].wrong(f"'{verdict}' is no outcome; say eligible, not or unknown.")
    given = {
        name: one.texts() if one.is_list else one.text()
        for name, one in parts["given"].pairs().items()
    }
    return Example(
        scheme=scheme,
        day=parts["on"].take(parse_day) if "on" in parts else None,
        given=given,
        verdict=verdict,
        because=parts["because"].texts() if "because" in parts else None,
        missing=parts["missing"].texts() if "missing" in parts else None,
        amount_fen=parts["amount"].take(parse_money) if "amount" in parts else None,
        file=desk.file,
        line=spot.line,
    )


def _stack(stacking: Stacking, spot: Spot) -> Stacking:
    parts = spot.parts("id", "zh en highest exclusive cap per of partial")
    name, title = parts["id"].text(), title_of(parts, parts["id"].text())
    for kind in ("highest", "exclusive"):
        if kind in parts:
            group = Group(name, title, parts[kind].texts(), kind == "exclusive", spot.line)
            return Stacking((*stacking.groups, group), stacking.caps)
    if "cap" not in parts or "per" not in parts or "of" not in parts:
        raise spot.wrong("say highest: [...], exclusive: [...], or cap, per and of.")
    steps = _steps(parts["cap"], parse_money) if parts["cap"].is_list else ()
    cap = Cap(
        name,
        title,
        steps[-1].amount if steps else parts["cap"].take(parse_money),
        parts["per"].take(_one_of(Scope)),
        parts["of"].texts(),
        parts["partial"].truth() if "partial" in parts else True,
        spot.line,
        steps,
    )
    lowest = min([cap.limit_fen, *(step.amount for step in steps)])
    if lowest < 0:
        raise spot.wrong(f"a cap of {lowest} fen; give 0 or more.")
    return Stacking(stacking.groups, (*stacking.caps, cap))


def _one_of(kind: Callable[[str], T]) -> Callable[[str], T]:
    def read(text: str) -> T:
        try:
            return kind(text)
        except ValueError as error:
            known = ", ".join(str(one) for one in kind)  # type: ignore[attr-defined]  # An enum.
            raise ValueError(f"'{text}' is none of {known}.") from error

    return read
