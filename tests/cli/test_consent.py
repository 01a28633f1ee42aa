"""``propose``, ``agree`` and ``decline`` at the machine: two people, each by their password."""

import getpass
import json
from pathlib import Path

import numpy as np
import pytest

from haihe.cli.main import main
from haihe.log.sqlite import SqliteLog
from haihe.model import Rows
from haihe.model.line import Action, Verb
from haihe.model.time import SECOND
from haihe.packs.gallery import pack
from haihe.packs.gallery.streams import AIR
from haihe.run.appending import Arrival
from haihe.run.clock import WallClock
from haihe.run.node import Node
from haihe.serve.access import Grant, Role
from haihe.serve.access.accounts import Hand, make_account
from haihe.serve.access.passwords import hash_now
from haihe.serve.access.store import Account, Store
from haihe.serve.settings import Cost
from tests.serve.people import OTHER, SECRET

RULE = "gallery.methane-high"
PASSWORDS = {"Ann": SECRET, "Bo": OTHER}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A trial that saw a record, and two engineers with accounts."""
    log = SqliteLog(tmp_path)
    node = Node(log, [pack], clock=WallClock(0))
    at = node.clock.now()
    node.tell(Action(at=at, verb=Verb.SHADOW, subject=RULE, by="Ann", settings={"high": "25.0"}))
    node.round()
    numbers = {field.name: np.array([1.0]) for field in AIR.numbers}
    now, first = np.array([at + SECOND], dtype=np.int64), np.zeros(1, dtype=np.int32)
    node.submit(Arrival(Rows(AIR.name, ("zone/7",), first, now, numbers, {}, received_at=now)))
    node.round()
    node.stop()
    store = Store(tmp_path)
    with store.change() as change:
        for name, password in PASSWORDS.items():
            hashed = hash_now(password, Cost(passes=1, memory_kib=64, lanes=1))
            account = Account(name=name, grant=Grant((Role.ENGINEER,)), password=hashed, made_at=at)
            make_account(change, account, hand=Hand("test", at))
    store.close()
    return tmp_path


def typed(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    monkeypatch.setattr(getpass, "getpass", lambda _: password)


def test_two_people_promote_at_the_machine(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(folder)]
    typed(monkeypatch, SECRET)
    assert main(["propose", RULE, "--by", "ann", "--reason", "tried", *data]) == 0
    capsys.readouterr()
    assert main(["rules", "--json", *data]) == 0
    (proposal,) = json.loads(capsys.readouterr().out)["proposals"]
    assert (proposal["by"], proposal["settings"]) == ("Ann", {"high": "25.0"})
    agree = ["agree", RULE, "--sha256", proposal["sha256"], *data]
    assert main([*agree, "--by", "Ann"]) != 0
    assert "another person must agree" in capsys.readouterr().err
    assert main([*agree, "--by", "Bo"]) != 0
    assert "not the password of Bo" in capsys.readouterr().err
    assert main([*agree, "--by", "nobody"]) != 0
    typed(monkeypatch, OTHER)
    assert main([*agree, "--by", "Bo"]) == 0
    assert "runs as version 2" in capsys.readouterr().out
