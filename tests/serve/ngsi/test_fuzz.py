"""Whatever is sent, the answer is a refusal with a reason or a success, never a fault of ours."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.serve.ngsi.broker import BASE, JSON, JSON_LD, Broker
from tests.serve.world import a_world

IDS: Final = st.sampled_from(["urn:ngsi-ld:Room:1", "urn:ngsi-ld:Air:1", "x", "", "urn:a%20b"])
NAMES: Final = st.sampled_from(
    ["id", "type", "scope", "@context", "value", "object", "languageMap", "vocab", "json",
     "valueList", "objectList", "observedAt", "unitCode", "datasetId", "objectType", "heat",
     "location", "methane", "coordinates", "entities", "q", "geoQ", "a.b", "@id", "createdAt"]
)  # fmt: skip
WORDS: Final = st.sampled_from(
    ["Property", "Relationship", "GeoProperty", "LanguageProperty", "ListProperty",
     "ListRelationship", "VocabProperty", "JsonProperty", "Room", "t.air", "Point", "Polygon",
     "urn:ngsi-ld:null", "urn:ngsi-ld:Room:1", "2026-01-01T00:00:00Z", "@none", "Query", "*", "/a"]
)  # fmt: skip
LEAVES: Final = (
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | WORDS | st.text(max_size=8)
    | st.floats(allow_nan=False, allow_infinity=False)
)  # fmt: skip
VALUES: Final = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(NAMES | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=20,
)
ENTITIES: Final = st.fixed_dictionaries(
    {"id": IDS, "type": WORDS}, optional={"heat": VALUES, "location": VALUES, "methane": VALUES}
)
BODIES: Final = VALUES | ENTITIES | st.lists(ENTITIES | VALUES, max_size=3)
PATHS: Final = st.sampled_from(
    [("POST", "/entities"), ("PATCH", "/entities/{}"), ("PUT", "/entities/{}"),
     ("POST", "/entities/{}/attrs"), ("PATCH", "/entities/{}/attrs"),
     ("PATCH", "/entities/{}/attrs/heat"), ("PUT", "/entities/{}/attrs/heat"),
     ("POST", "/entityOperations/create"), ("POST", "/entityOperations/upsert"),
     ("POST", "/entityOperations/update"), ("POST", "/entityOperations/merge"),
     ("POST", "/entityOperations/delete"), ("POST", "/entityOperations/query")]
)  # fmt: skip
PARAMETERS: Final = st.dictionaries(
    st.sampled_from(
        ["id", "type", "q", "attrs", "pick", "omit", "georel", "geometry", "coordinates", "limit",
         "offset", "count", "options", "format", "scopeQ", "idPattern", "orderBy", "join", "lang",
         "joinLevel", "geoproperty", "datasetId", "geometryProperty"]
    ),
    st.text(max_size=12)
    | st.sampled_from(
        ["Room", "heat>1", "heat==1..2", "near;maxDistance==5", "within", "Point", "[1,2]", "true",
         "inline", "flat", "(a;b)|c", "heat~=(", "location", "heat.a[b]", "1e999", "-1", "[[[1]]]"]
    ),
    max_size=5,
)  # fmt: skip
MANY: Final = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One broker for all of them: whatever one left there, the next must stand."""
    folder: Path = tmp_path_factory.mktemp("fuzzed")
    with a_world(folder) as world:
        yield Broker(world)


@MANY
@given(
    where=PATHS, entity=IDS, body=BODIES, kind=st.sampled_from([JSON, JSON_LD]),
    accept=st.sampled_from(["application/json", "application/ld+json", "application/geo+json"]),
)  # fmt: skip
def test_no_body_is_answered_with_a_fault(
    fuzzed: Broker, where: tuple[str, str], entity: str, body: Any, kind: str, accept: str
) -> None:
    method, path = where
    answer = fuzzed.ask(
        method, path.format(quote(entity, safe="")), body=body, kind=kind,
        headers={"accept": accept},
    )  # fmt: skip
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert {"type", "title", "status"} <= set(answer.json())


@MANY
@given(query=PARAMETERS, kept=ENTITIES)
def test_no_query_is_answered_with_a_fault(
    fuzzed: Broker, query: dict[str, str], kept: dict[str, Any]
) -> None:
    fuzzed.ask("POST", "/entities", body=kept)
    for path in ("/entities", f"/entities/{quote(kept['id'], safe='')}", "/types", "/attributes"):
        answer = fuzzed.world.client.get(BASE + path, params=query)
        assert answer.status_code < 500, answer.text
