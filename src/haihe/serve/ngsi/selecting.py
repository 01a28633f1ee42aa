"""What a query asks for, from the parameters of a GET or the body of a query.

Source: ETSI GS CIM 009, 4.17 (types), 4.19 (scopes), 5.7.2, 6.4.3.2, 6.23.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from haihe.serve.ngsi.contexts import Context, Json
from haihe.serve.ngsi.expanding import Document
from haihe.serve.ngsi.geo import Where, where_of
from haihe.serve.ngsi.matching import matcher
from haihe.serve.ngsi.ordering import Order, orders_of
from haihe.serve.ngsi.picking import attributes_named
from haihe.serve.ngsi.query import parse_q
from haihe.serve.ngsi.refusal import bad_data, invalid
from haihe.serve.ngsi.values import check_uri
from haihe.serve.ngsi.vocabulary import CORE_TERMS

IDS_MAX: Final = 10_000  # Ours: ids asked for at once.
NAMES_MAX: Final = 1_000  # Ours: names in one list.
_TYPE_PART: Final = re.compile(r"[(),;|]|[^(),;|]+")
_GEO: Final = ("georel", "geometry", "coordinates")

Types: TypeAlias = Callable[[frozenset[str]], bool]


@dataclass(frozen=True, slots=True)
class Selector:
    """One of the kinds of entities asked for; what is None or "" is not asked.

    ids: only these.
    id_pattern: a regular expression that the id matches.
    types: whether an entity's types are meant; named: every IRI that they speak of.
    is_typed: whether types are spoken of at all; "*" means any.
    """

    ids: frozenset[str] | None = None
    id_pattern: str = ""
    types: Types | None = None
    named: frozenset[str] | None = None
    is_typed: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """Which entities are asked for.

    selectors: an entity is one of these; () for any.
    attrs: it has one of these attributes.
    tests: it fulfils all of these.
    orders: in which order they come; () for that of their creation, by type.
    """

    selectors: tuple[Selector, ...] = ()
    attrs: frozenset[str] | None = None
    tests: tuple[Callable[[Document], bool], ...] = ()
    where: Where | None = None
    orders: tuple[Order, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it names no type, attribute, value or place; ids alone are not enough."""
        has_types = any(one.is_typed for one in self.selectors)
        return not (has_types or self.attrs or self.tests or self.where is not None)

    def fulfilled(self, document: Document) -> bool:
        """Whether a document fulfils what is asked of attributes, values and places."""
        return (
            (self.attrs is None or not self.attrs.isdisjoint(document))
            and all(test(document) for test in self.tests)
            and (self.where is None or self.where.holds(document))
        )


def query_of(asked: Mapping[str, str], context: Context) -> Query:
    """The query of a GET's parameters.

    Raises Refusal naming the parameter that cannot be.
    """
    selectors: tuple[Selector, ...] = ()
    if asked.get("id") or asked.get("idPattern") or asked.get("type"):
        selectors = (selector_of(asked, context),)
    tests = []
    if "q" in asked:
        tests.append(matcher(parse_q(asked["q"]), context))
    if "scopeQ" in asked:
        tests.append(scope_test(asked["scopeQ"]))
    return Query(
        selectors=selectors,
        attrs=attributes_named(asked["attrs"], context) if asked.get("attrs") else None,
        tests=tuple(tests),
        where=_where(asked, context),
        orders=orders_of(asked["orderBy"], context) if asked.get("orderBy") else (),
    )


def query_of_body(sent: Json, context: Context) -> tuple[Query, dict[str, str]]:
    """The query of a body, and its other parameters as a GET writes them.

    Raises Refusal naming what cannot be.
    """
    if not isinstance(sent, dict) or sent.get("type") != "Query":
        raise bad_data("the body must be a JSON object of type Query.")
    asked = {name: _as_parameter(name, value) for name, value in sent.items() if _is_plain(name)}
    geo = sent.get("geoQ")
    if geo is not None:
        if not isinstance(geo, dict):
            raise bad_data("geoQ must be an object with georel, geometry and coordinates.")
        asked |= {name: _as_parameter(name, value) for name, value in geo.items()}
    entities = sent.get("entities", [])
    if not isinstance(entities, list) or not all(isinstance(one, dict) for one in entities):
        raise bad_data("entities must be an array of objects with type, id or idPattern.")
    selectors = []
    for one in entities:
        if "type" not in one:
            raise bad_data("each of entities must have a type.")
        ids = one.get("id", [])
        told = {"id": ids if isinstance(ids, str) else ",".join(map(str, ids))} if ids else {}
        told |= {name: str(one[name]) for name in ("idPattern", "type") if name in one}
        selectors.append(selector_of(told, context))
    query = query_of(asked, context)
    return replace(query, selectors=tuple(selectors)), asked


def _is_plain(name: str) -> bool:
    return name not in ("type", "entities", "geoQ", "@context", "temporalQ", "id")


def _as_parameter(name: str, value: Json) -> str:
    """A member of a body as the parameter of that name."""
    if isinstance(value, list) and name != "coordinates":
        return ",".join(map(str, value))
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else str(value)


def selector_of(asked: Mapping[str, str], context: Context) -> Selector:
    """Which ids and types are meant.

    Raises Refusal naming what cannot be.
    """
    ids = None
    if asked.get("id"):
        parts = asked["id"].split(",")
        if len(parts) > IDS_MAX:
            raise bad_data(f"id names {len(parts)} entities; at most {IDS_MAX} are taken.")
        ids = frozenset(check_uri(part.strip(), what="id") for part in parts)
    types, named = None, None
    pattern = asked.get("idPattern", "") if ids is None else ""  # 5.7.2: ids go before it.
    if asked.get("type") and asked["type"] != "*":
        types, named = types_test(asked["type"], context)
    return Selector(ids, pattern, types, named, is_typed=bool(asked.get("type")))


def types_test(text: str, context: Context) -> tuple[Types, frozenset[str]]:
    """Whether an entity's types are those of a type selection, and every IRI it names.

    text: names joined by ``,`` or ``|`` (or) and ``;`` (and), with parentheses.
    Raises Refusal if it cannot be read.
    """
    parts = [part.strip() for part in _TYPE_PART.findall(text)]
    named: set[str] = set()

    def fail() -> Exception:
        return bad_data(f"type '{text[:100]}' must be names joined by ',', '|', ';' and ().")

    def one(depth: int) -> Types:
        if not parts or depth > NAMES_MAX // 20:
            raise fail()
        part = parts.pop(0)
        if part == "(":
            inner = either(depth + 1)
            if not parts or parts.pop(0) != ")":
                raise fail()
            return inner
        if not part or part in "),;|":
            raise fail()
        iri = context.expand(part)
        named.add(iri)
        return lambda types: iri in types

    def both(depth: int) -> Types:
        tests = [one(depth)]
        while parts and parts[0] == ";":
            parts.pop(0)
            tests.append(one(depth))
        return tests[0] if len(tests) == 1 else lambda types: all(t(types) for t in tests)

    def either(depth: int) -> Types:
        tests = [both(depth)]
        while parts and parts[0] in (",", "|"):
            parts.pop(0)
            tests.append(both(depth))
        return tests[0] if len(tests) == 1 else lambda types: any(t(types) for t in tests)

    test = either(0)
    if parts:
        raise fail()
    return test, frozenset(named)


def scope_test(text: str) -> Callable[[Document], bool]:
    """Whether a document has a scope that is asked for.

    text: scopes with ``+`` for one level and a last ``#`` for all below, joined by ``,`` or ``|``
        (or) and ``;`` (and).
    Raises Refusal if it cannot be read.
    """
    ways = []
    for way in re.split(r"[,|]", text.replace("(", "").replace(")", "")):
        patterns = [part.strip() for part in way.split(";")]
        if not all(re.fullmatch(r"(/[\w\-+]+)+(/#)?|/#", part) for part in patterns):
            raise bad_data(f"scopeQ '{text[:100]}' must be scopes such as /Madrid/+ or /Madrid/#.")
        ways.append([_scope_pattern(part) for part in patterns])

    def test(document: Document) -> bool:
        scopes = document.get("scope", ())
        return any(
            all(any(p.fullmatch(scope) for scope in scopes) for p in patterns) for patterns in ways
        )

    return test


def _scope_pattern(text: str) -> re.Pattern[str]:
    """One scope's pattern; without nested repetition, so that matching it is quick."""
    is_deep = text.endswith("#")
    names = text.removesuffix("#").strip("/").split("/")
    levels = "".join("/" + (r"[^/]+" if name == "+" else re.escape(name)) for name in names if name)
    return re.compile(levels + ("(/.*)?" if is_deep else ""))


def _where(asked: Mapping[str, str], context: Context) -> Where | None:
    given = [name for name in _GEO if asked.get(name)]
    if not given:
        if "geoproperty" in asked and "geometryProperty" not in asked:
            raise bad_data("geoproperty says which place is meant; georel is missing.")
        return None
    if len(given) < len(_GEO):
        lacking = ", ".join(name for name in _GEO if name not in given)
        raise bad_data(f"a geo-query needs georel, geometry and coordinates; {lacking} is missing.")
    if asked["geometry"] not in CORE_TERMS:
        raise bad_data(f"geometry is '{asked['geometry'][:50]}'; expected a GeoJSON geometry.")
    attribute = context.expand(asked.get("geoproperty") or "location")
    return where_of(
        asked["georel"], asked["geometry"], coordinates=asked["coordinates"], attribute=attribute
    )


def whole_number(asked: Mapping[str, str], name: str, *, default: int, most: int) -> int:
    """A parameter that is a whole number, 0 or more.

    Raises Refusal if it is not one.
    """
    text = asked.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 18 or int(text) > most:
        raise bad_data(f"{name} is '{text[:30]}'; expected a whole number up to {most}.")
    return int(text)


def is_asked(asked: Mapping[str, str], name: str) -> bool:
    """A parameter that is true or false.

    Raises Refusal if it is neither.
    """
    text = asked.get(name, "false").lower()
    if text not in ("true", "false"):
        raise invalid(f"{name} is '{text[:30]}'; expected true or false.")
    return text == "true"
