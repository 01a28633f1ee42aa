"""How hard hypothesis looks, and how far the API is explored: the same in each run, or more."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=60,  # Ours: keeps the whole suite within minutes on two cores.
    suppress_health_check=[HealthCheck.too_slow],  # A slow machine is no reason to fail.
)
settings.register_profile(
    "deep", parent=settings.get_profile("ci"), derandomize=False, max_examples=2000
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

FUZZ = "fuzz"  # Of an exploring test: how many requests were answered, and how many with 2xx.


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fuzz-examples",
        default="8",
        help="requests drawn for each operation of the API, beside its edges; default %(default)s",
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much of what was asked of the API came through: answers of 4xx prove little."""
    found = list(_fuzzed(terminalreporter))
    asked, good = sum(one for one, _ in found), sum(one for _, one in found)
    if asked:
        share = f"{good / asked:.0%}"
        terminalreporter.write_line(f"API explored: {asked} requests, {share} answered with 2xx")


def _fuzzed(terminalreporter: pytest.TerminalReporter) -> Iterator[tuple[int, int]]:
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "call":
                yield from (told for name, told in report.user_properties if name == FUZZ)
