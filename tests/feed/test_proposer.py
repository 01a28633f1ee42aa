"""A model that may only propose: honest, lying, malformed, slow and gone."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from haihe.cli.main import OK, main
from haihe.decide.extract import Extraction, Kind, Role, Unread, make_document
from haihe.decide.extract.proposal import Believed, Proposal, ProposedPart, believe
from haihe.feed.proposer import ANSWER_BYTES_MAX, CHARACTERS_MAX, Proposer, within_limits

TEXT = "园区企业可按贡献领取三档兑现礼包，首档给到最高一百五十万元。"
DOCUMENT = make_document(TEXT, name="a.txt")
GAP = Extraction((), (Unread(0, len(TEXT) - 1, "number"),))
HONEST = {
    "stretch": 0,
    "kind": "support",
    "quote": TEXT[:-1],
    "numbers": [{"role": "cap", "text": "一百五十万元"}],
    "words": [{"role": "beneficiary", "text": "园区企业"}],
}


def ask(**changed: Any) -> Believed:
    proposal = msgspec.convert({**HONEST, **changed}, Proposal)
    return believe(DOCUMENT, GAP, proposals=[proposal])


def test_a_proposal_the_text_bears_out_is_taken_with_the_texts_own_number() -> None:
    (clause,) = ask().extraction.clauses
    assert (clause.kind, clause.proposed, clause.score) == (Kind.SUPPORT, True, 0)
    (cap,) = clause.of(Role.CAP)
    assert cap.quantity is not None
    assert cap.quantity.value == 1_500_000
    assert TEXT[cap.start : cap.end] == "一百五十万元"
    assert not ask().extraction.unread


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"numbers": [{"role": "cap", "text": "200万元"}]}, "not in the span it cites"),
        ({"numbers": [{"role": "cap", "text": "五十万元"}]}, "not in the span it cites"),
        ({"numbers": [{"role": "cap", "text": "1500000元"}]}, "not in the span it cites"),
        ({"numbers": [{"role": "share", "text": "一百五十万元"}]}, "cannot be a share"),
        ({"numbers": [{"role": "amount", "text": "一百五十万元"}]}, "it is a cap, no amount"),
        ({"numbers": [{"role": "bribe", "text": "一百五十万元"}]}, "'bribe' is no part"),
        ({"numbers": [{"role": "beneficiary", "text": "一百五十万元"}]}, "cannot be a benef"),
        ({"numbers": HONEST["numbers"] * 2}, "twice"),  # type: ignore[operator]  # A list.
        ({"quote": "园区企业可得二百万元"}, "does not stand in the text"),
        ({"quote": "  "}, "is empty"),
        ({"quote": "档"}, "more than once"),
        ({"quote": "园区企业"}, "not in the span it cites"),
        ({"kind": "gift"}, "'gift' is no kind"),
        ({"stretch": 7}, "there is no stretch 7"),
        ({"stretch": -1}, "there is no stretch -1"),
        ({"words": [{"role": "beneficiary", "text": "区外企业"}]}, "does not stand in the text"),
        ({"words": [{"role": "cap", "text": "园区企业"}]}, "cannot be a cap"),
        ({"words": [{"role": "condition", "text": "可按贡献"}] * 50}, "more than 40 parts"),
    ],
)
def test_what_the_text_does_not_say_is_refused_with_its_reason(
    changed: dict[str, Any], why: str
) -> None:
    believed = ask(**changed)
    assert believed.extraction == GAP
    assert why in believed.refused[0].why


def test_two_proposals_for_the_same_words_are_not_both_taken() -> None:
    one = Proposal(0, "support", TEXT[:-1], (ProposedPart("cap", "一百五十万元"),))
    believed = believe(DOCUMENT, GAP, proposals=[one, one])
    assert (len(believed.extraction.clauses), len(believed.refused)) == (1, 1)


def test_a_stretch_whose_numbers_are_not_all_explained_stays_listed() -> None:
    believed = ask(numbers=[])
    assert len(believed.extraction.clauses) == 1
    assert believed.extraction.unread == GAP.unread


@contextmanager
def model(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[tuple[str, list[bytes]]]:
    """A server on this machine that answers so; its address and what it was sent."""
    asked: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                answer(self)
            except OSError:
                self.close_connection = True  # The one who asked has gone.

        def log_message(self, *told: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def reply(content: bytes, *, status: int = 200) -> Callable[[BaseHTTPRequestHandler], None]:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return send


def completion(told: object) -> bytes:
    content = told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)
    return json.dumps({"choices": [{"message": {"content": content}}]}).encode()


def test_the_endpoint_is_asked_about_the_stretches_and_its_proposals_come_back() -> None:
    with model(reply(completion({"clauses": [HONEST]}))) as (url, asked):
        (proposal,) = Proposer(url, "small", "secret").propose([TEXT])
    sent = json.loads(asked[0])
    assert (sent["model"], sent["temperature"]) == ("small", 0)
    assert TEXT in sent["messages"][1]["content"]
    assert proposal.numbers[0].text == "一百五十万元"
    assert "secret" not in repr(Proposer(url, "small", "secret"))


@pytest.mark.parametrize(
    ("content", "status", "why"),
    [
        (b"<html>", 200, "is no proposal"),
        (b"", 200, "is no proposal"),
        (b'{"choices": []}', 200, "is no proposal"),
        (completion("I think it is 5"), 200, "is no proposal"),
        (completion({"clauses": [{"stretch": "x"}]}), 200, "is no proposal"),
        (completion({"clauses": [HONEST] * 201}), 200, "proposes 201 clauses"),
        (b"x" * (ANSWER_BYTES_MAX + 1), 200, "longer than 1,000,000 bytes"),
        (b"no key", 401, "answered 401: no key"),
        (b"", 302, "answered 302"),
    ],
)
def test_an_answer_that_is_none_is_told(content: bytes, status: int, why: str) -> None:
    with model(reply(content, status=status)) as (url, _), pytest.raises(ValueError, match=why):
        Proposer(url, "small").propose([TEXT])


def test_a_model_that_drips_or_is_silent_is_left_in_time() -> None:
    gone = threading.Event()

    def silent(handler: BaseHTTPRequestHandler) -> None:
        gone.wait(5)

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        while not gone.wait(0.02):
            handler.wfile.write(b" " * 20_000)

    for answer in (silent, drip):
        gone.clear()
        with model(answer) as (url, _):
            with pytest.raises(ValueError, match=r"no answer|did not end in time"):
                Proposer(url, "small", wait_s=0.2).propose([TEXT])
            gone.set()


def test_nobody_there_is_told_and_the_key_never_travels_in_the_open() -> None:
    with pytest.raises(ValueError, match="gave no answer"):
        Proposer("http://127.0.0.1:9/v1", "small", wait_s=0.5).propose([TEXT])
    for url in ("http://models.example/v1", "ftp://127.0.0.1/", "models", "https://"):
        with pytest.raises(ValueError, match="the model's address is"):
            Proposer(url, "small")


def test_no_more_is_asked_than_the_limits_allow() -> None:
    assert within_limits(["x" * CHARACTERS_MAX, "y"]) == ["x" * CHARACTERS_MAX]
    assert len(within_limits(["x"] * 100)) == 40
    assert Proposer("http://127.0.0.1:9/v1", "small").propose([]) == ()


def test_the_command_keeps_the_grammars_draft_whatever_the_model_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "text.txt"
    file.write_text(
        "对软件企业给予最高200万元补贴。\n首档首付30万元起步，二档翻番。\n", encoding="utf-8"
    )
    lie = {**HONEST, "quote": "首档首付30万元起步", "numbers": [{"role": "cap", "text": "300万元"}]}
    monkeypatch.setenv("HAIHE_MODEL_NAME", "small")
    with model(reply(completion({"clauses": [lie]}))) as (url, _):
        monkeypatch.setenv("HAIHE_MODEL_URL", url)
        assert main(["scheme", "read", str(file), "--propose"]) == OK
    told = capsys.readouterr()
    assert "refused: '首档首付30万元起步'" in told.err or "does not stand" in told.err
    assert "up_to: 200万元" in told.out
    assert "300万元" not in told.out
    monkeypatch.setenv("HAIHE_MODEL_URL", "http://127.0.0.1:9/v1")
    assert main(["scheme", "read", str(file), "--propose"]) == OK
    assert "no proposals: the model gave no answer" in capsys.readouterr().err
    monkeypatch.delenv("HAIHE_MODEL_URL")
    assert main(["scheme", "read", str(file), "--propose"]) != OK
    assert "leave --propose out" in capsys.readouterr().err
