"""Each of the ten promises is checked, and the check fails when it is broken on purpose."""

from pathlib import Path

import pytest

from tests.promises import judging, keeping, trusting
from tests.promises.promise import Promise, Sabotage

PROMISES = (*keeping.PROMISES, *judging.PROMISES, *trusting.PROMISES)
BROKEN = [(promise, sabotage) for promise in PROMISES for sabotage in promise.sabotages]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "promises.md"


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.title)
def test_the_promise_is_kept(promise: Promise, tmp_path: Path) -> None:
    promise.holds(tmp_path)


@pytest.mark.parametrize(
    ("promise", "sabotage"), BROKEN, ids=[f"{each[0].number} {each[1].name}" for each in BROKEN]
)
def test_the_check_notices_when_the_promise_is_broken(
    promise: Promise, sabotage: Sabotage, tmp_path: Path
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        sabotage.breaks(patch)
        with pytest.raises(AssertionError):
            promise.holds(tmp_path)


def test_the_page_on_promises_tells_of_every_promise_and_sabotage() -> None:
    page = PAGE.read_text(encoding="utf-8")
    missing = [promise.title for promise in PROMISES if promise.title not in page]
    missing += [sabotage.name for _, sabotage in BROKEN if sabotage.name not in page]
    assert not missing, f"{PAGE.name} does not tell of: {missing}"
    assert [promise.number for promise in PROMISES] == list(range(1, 11))
