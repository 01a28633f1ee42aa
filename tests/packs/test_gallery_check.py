"""The gallery pack keeps all that a pack owes."""

import pytest

from haihe.run.check import CheckReport, check_named, format_report

pytestmark = pytest.mark.timeout(600)  # Some 40 s of a quiet core; machines of a build are not.

HOURS = 8  # All faults of the demonstration begin and end within it.


@pytest.fixture(scope="module")
def report() -> CheckReport:
    return check_named("gallery", hours=HOURS)


def test_the_gallery_pack_is_trusted(report: CheckReport) -> None:
    assert report.level == "trusted", "\n" + format_report(report)


def test_the_gallery_pack_notices_more_than_a_plain_limit(report: CheckReport) -> None:
    found = {(one.where, one.watch): one for one in report.tallies}
    for where in ("cases", "twin day"):
        assert found[where, "gallery"].found > found[where, "plain limit"].found
        assert found[where, "gallery"].false <= found[where, "plain limit"].false
    assert found["cases", "gallery"].false == 0
