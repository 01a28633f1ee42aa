"""``haihe up`` itself: the code it prints, and who is still known after it was killed."""

import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.serve.people import SECRET


@contextlib.contextmanager
def up(folder: Path) -> Iterator[tuple[httpx.Client, list[str]]]:
    """A server that anybody could reach, and what it said; it is killed at the end."""
    command = [sys.executable, "-m", "haihe.cli.main", "up", "--host", "0.0.0.0", "--port", "0"]
    running = subprocess.Popen(
        [*command, "--data", str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    assert running.stderr is not None
    try:
        said = [running.stdout.readline()]
        while said[-1] and "stop with" not in said[-1]:
            said.append(running.stdout.readline())
        port = said[0].partition("0.0.0.0:")[2].partition("/")[0]
        assert port, running.stderr.read()
        base = f"http://127.0.0.1:{port}/api/v1"
        with httpx.Client(base_url=base, trust_env=False) as client:
            yield client, said
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait()
        running.stdout.close()
        running.stderr.close()


def test_the_printed_code_makes_the_first_account_and_a_kill_ends_no_session(
    tmp_path: Path,
) -> None:
    body: dict[str, Any] = {"name": "Ann", "password": SECRET}
    with up(tmp_path) as (client, said):
        (line,) = (line for line in said if "the wizard asks for this code" in line)
        heads = {"origin": str(client.base_url).partition("/api")[0]}
        assert client.post("/setup", json=body, headers=heads).status_code == 403
        body["code"] = line.rpartition(" ")[2].strip()
        assert client.post("/setup", json=body, headers=heads).status_code == 201
        cookies = dict(client.cookies)
    with up(tmp_path) as (client, said):
        assert not any("this code" in line for line in said)
        client.cookies.update(cookies)
        assert client.get("/session").json()["name"] == "Ann"
        lines = client.get("/streams/haihe.people").text.splitlines()
        assert [line.count('"account made"') for line in lines] == [1, 0]
