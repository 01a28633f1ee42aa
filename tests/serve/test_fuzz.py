"""Whatever is asked, by whatever words, the server answers and its node lives on."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haihe.serve.calling import Operation
from haihe.serve.kinds import PATH_KINDS
from haihe.serve.routes import ROUTES
from tests.serve.world import BASE, World, a_world

ASKED = [route for route in ROUTES if route.path != "/events"]
WORDS = [
    "t.air", "t.car", "t-1", "t-1/1", "zone/7", "t.methane-high", "0", "-1", "3", "nan", "1e400",
    "99999999999999999999", "2026-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "open", "hold",
    "resume", "override", "note", "accept", "report", "verify", "cancel", "shelve", "shadow",
    "promote", "step-back", "", " ", "x" * 300, "甲烷", "\u0000", "a b", "..", "%2e", "'; --",
]  # fmt: skip
words = st.sampled_from(WORDS) | st.text(max_size=10)
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | words
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "unit", "zh", "en", "high", "kind"]), inner)
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with a_world(tmp_path_factory.mktemp("fuzz")) as made:
        made.leak()
        made.client.post(f"{BASE}/streams/t.air", json={"entity": "zone/7", "methane": 900})
        yield made


def names_of(kind: type[msgspec.Struct] | None) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(kind)] if kind else []


@pytest.mark.parametrize("route", ASKED, ids=lambda route: f"{route.method} {route.path}")
@settings(max_examples=settings().max_examples // 3)  # Of each of some hundred routes.
@given(data=st.data())
def test_no_question_whatever_makes_the_server_fail(
    lasting: World, route: Operation, data: st.DataObject
) -> None:
    path = route.path.replace(":path", "")
    for name in PATH_KINDS:
        place = f"{{{name}}}"
        if place in path:
            path = path.replace(place, quote(data.draw(words.filter(str.strip)), safe="/"))
    query = names_of(route.query)
    asked: dict[str, Any] = {}
    if query:
        asked["params"] = data.draw(st.dictionaries(st.sampled_from([*query, "x"]), words))
    if route.method in ("POST", "PUT"):
        keys = st.sampled_from([*(names_of(route.body) or ["entity", "methane"]), "x"])
        asked["json"] = data.draw(st.dictionaries(keys, values) | values)
    try:
        answer = lasting.client.request(route.method, BASE + path, **asked)
    except (ValueError, UnicodeError):  # The client itself cannot write such a request.
        return
    assert answer.status_code < 500, answer.text
    assert lasting.get("/health")["ready"]
