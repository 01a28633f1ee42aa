"""What the commands say to a caller's slips, before anything is started."""

from pathlib import Path

import pytest

from haihe.cli.main import BAD_USE, FOUND_FAULT, NOT_DONE, OK, main
from haihe.log.sqlite import SqliteLog
from haihe.model.line import Clock
from haihe.model.time import HOUR


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "inf", "fast"])
def test_a_clock_that_stands_still_or_runs_backwards_is_refused(
    speed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["up", "--demo", f"--speed={speed}", "--data", str(tmp_path)])
    assert stopped.value.code == BAD_USE
    assert f"'{speed}' is no speed; give a number from 0.001 to 100000" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["up"], ["doctor"], ["token", "list"]])
def test_a_folder_that_cannot_be_made_is_named(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "data"
    assert main([*command, "--data", str(folder)]) == NOT_DONE
    assert f"cannot make the data folder {folder} (Not a directory)" in capsys.readouterr().err


def test_the_doctor_says_what_a_log_from_the_future_means(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = SqliteLog(tmp_path)
    with log.transaction() as transaction:
        transaction.append_lines((Clock(at=log.received_at + HOUR),), author="fact")
    log.close()
    assert main(["doctor", "--data", str(tmp_path)]) == OK  # 1970 is not the future.
    log = SqliteLog(tmp_path)
    with log.transaction() as transaction:
        transaction.append_lines((Clock(at=4_000_000_000_000_000_000),), author="fact")
    log.close()
    capsys.readouterr()
    assert main(["doctor", "--data", str(tmp_path)]) == FOUND_FAULT
    assert "still to come: set this machine's clock" in capsys.readouterr().out
