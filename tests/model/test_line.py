"""Lines of the log: equal values give equal bytes, and every line comes back."""

import msgspec
import pytest

from haihe.model.line import FACTS, Action, Clock, Line, Verb, decode_lines, encode_lines
from haihe.run.engine import Engine, Told
from tests.run.histories import Seeded, begun, of
from tests.run.zone import PACKS


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    """Everything that a long history told and led to."""
    history = of(begun(), Seeded(1), steps=300)
    facts = [fact for item in history.items if isinstance(item, Told) for fact in item.facts]
    return [*facts, *Engine(PACKS, history.directory).take(history.items).steps]


def test_every_line_comes_back_and_gives_the_same_bytes_again(lines: list[Line]) -> None:
    body = encode_lines(lines)
    again = decode_lines(body)
    assert again == lines
    assert encode_lines(again) == body
    assert body.count(b"\n") == len(lines)


def test_the_order_in_which_settings_were_named_does_not_show() -> None:
    one, other = ({"high": "1", "low": "0"}, {"low": "0", "high": "1"})
    told = [
        Action(at=1, verb=Verb.SHADOW, subject="a.b", by="ann", settings=each)
        for each in (one, other)
    ]
    assert encode_lines([told[0]]) == encode_lines([told[1]])


@pytest.mark.parametrize(
    "body",
    [b"{}\n", b'{"line":"unheard-of","at":1}\n', b'{"line":"clock"}\n', b'{"line":"clock","at":1'],
)
def test_what_is_no_line_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_lines(body)


def test_facts_are_what_comes_in_and_steps_what_comes_out(lines: list[Line]) -> None:
    assert isinstance(Clock(at=1), FACTS)
    tags = {type(line).__struct_config__.tag for line in lines}
    facts = {type(line).__struct_config__.tag for line in lines if isinstance(line, FACTS)}
    assert {"action", "clock", "entity", "stream"} <= facts
    assert {"alarm-raised", "case-opened", "decided", "case-closed"} <= tags - facts


def test_a_line_cannot_be_changed_after_it_is_made() -> None:
    line: msgspec.Struct = Clock(at=1)
    with pytest.raises(AttributeError):
        line.at = 2  # type: ignore[attr-defined]  # On purpose.
