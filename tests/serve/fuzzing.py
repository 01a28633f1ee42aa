"""Exploring an API by its own document, and what does not fit."""

import copy
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, openapi
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.openapi.checks import JsonSchemaError
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi import checks

from tests.serve.world import Client

SEED: Final = 20_261_121  # Ours: any; the same each time, so that what is found stays found.
DOORS: Final = ("authorization", "Authorization", "cookie", "Cookie")
CHECKS: Final[list[CheckFunction]] = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
# What there is, beside whatever else fits: most names that only fit are nobody's.
KNOWN: Final[Mapping[str, Sequence[object]]] = {
    "name": ["t.air", "t.car"],
    "stream": ["t.air", "t.car"],
    "case": ["t-1", "t-2"],
    "number": [1, 2],
    "entity": ["zone/7", "zone/8"],
    "rule": ["t.methane-high"],
    "offset": [0, 1, 2, 3],
    "sink": [0, 1],
    "account": ["ann"],
    "field": ["methane"],
    "from": ["", "2026-01-01T08:00:00+08:00"],
    "to": [""],
    "at": [""],
    "until": ["", "2036-01-01T00:00:00Z"],
    "settings": [{}, {"high": 25}, {"high": 50, "due_in": 3_600_000_000_000}],
}


@dataclass
class Tried:
    """What came of exploring one operation.

    statuses: how often each came to what fits the document; refused: to what does not;
        unsendable: requests that no client can write.
    faults: what does not fit the document, once for each kind.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    unsendable: int = 0
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def asked(self) -> int:
        """How many requests that fit were answered."""
        return self.statuses.total()

    @property
    def good(self) -> int:
        """How many of them with 2xx."""
        return sum(many for status, many in self.statuses.items() if status // 100 == 2)


def with_known(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document, its paths leading to what there is as often as anywhere else; JSON bodies."""
    changed = copy.deepcopy(dict(document))
    changed["paths"] = {
        path.replace("{order}", "{case}/{number}"): operations
        for path, operations in changed["paths"].items()
    }
    for schema in changed["components"]["schemas"].values():
        for name, kind in schema.get("properties", {}).items():
            schema["properties"][name] = _or_known(name, kind)
    for operations in changed["paths"].values():
        for operation in operations.values():
            operation["parameters"] = [
                {**one, "schema": _or_known(one["name"], one["schema"])}
                for parameter in operation["parameters"]
                for one in _parts(parameter)
            ]
            content = operation.get("requestBody", {}).get("content", {})
            for media in [media for media in content if media != "application/json"]:
                del content[media]  # Bytes of no form; tests/feed tries those by their own rules.
    return changed


def _or_known(name: str, kind: dict[str, Any]) -> dict[str, Any]:
    """What there is of that name, or whatever fits; an answer's members are left as they are."""
    if name not in KNOWN or kind.get("format") == "date-time":
        return kind
    return {"anyOf": [{"enum": list(KNOWN[name])}, kind]}


def _parts(parameter: dict[str, Any]) -> list[dict[str, Any]]:
    """An order's id is two parts of a path: what is drawn for one part holds no slash."""
    if parameter["name"] != "order":
        return [parameter]
    case = {"type": "string", "pattern": "^[a-z][a-z0-9_]*-[0-9]+$", "maxLength": 60}
    number = {"type": "integer", "minimum": 0, "maximum": 99}
    return [
        {**parameter, "name": name, "schema": kind}
        for name, kind in (("case", case), ("number", number))
    ]


def schema_of(document: Mapping[str, Any]) -> BaseSchema:
    """What is explored."""
    return openapi.from_dict(dict(document))


def explore(client: Client, operation: APIOperation[Any, Any, Any, Any], *, examples: int) -> Tried:
    """Ask all the document's edges of an operation, and so many drawn from inside.

    client: keeps whatever lets them in.
    """
    tried = Tried()
    schema = operation.schema
    config = schema.config.generation_for(operation=operation, phase="coverage")
    edges: Iterator[Case[Any]] = schema.iter_coverage_cases(
        operation, generation_modes=list(GenerationMode), generation_config=config
    )
    for case in edges:
        _ask(client, case, tried)

    @seed(SEED)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(operation.as_strategy())
    def inside(case: Case[Any]) -> None:
        _ask(client, case, tried)

    inside()
    return tried


def _ask(client: Client, case: Case[Any], tried: Tried) -> None:
    """One request, and what does not fit of its answer."""
    asked = case.as_transport_kwargs(base_url="http://127.0.0.1")
    asked.pop("cookies", None)  # Made-up tokens are refused before anything is tried.
    heads = {name: value for name, value in asked["headers"].items() if name not in DOORS}
    asked["headers"] = heads
    if "data" in asked:
        asked["content"] = asked.pop("data")
    try:
        answer = client.ask(asked.pop("method"), asked.pop("url"), **asked)
    except (ValueError, UnicodeError):
        tried.unsendable += 1
        return
    fits = case.meta is None or case.meta.generation.mode is GenerationMode.POSITIVE
    (tried.statuses if fits else tried.refused)[answer.status_code] += 1
    try:
        case.validate_response(answer, checks=CHECKS)
    except FailureGroup as group:
        for fault in group.exceptions:
            what = f"{answer.status_code} {type(fault).__name__}"
            where = "/".join(map(str, getattr(fault, "instance_path", ()) or ()))
            tried.faults.setdefault(f"{what} {where}".strip(), _words(fault, case))


def _words(fault: BaseException, case: Case[Any]) -> str:
    """A fault and the request that met it."""
    said = str(fault.message) if isinstance(fault, JsonSchemaError) else str(fault)
    body = json.dumps(case.body, default=str)[:300] if case.body is not None else ""
    return f"{case.method} {case.formatted_path} {dict(case.query or {})} {body}: {said[:600]}"
