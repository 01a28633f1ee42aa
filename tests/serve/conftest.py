"""A server for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serve.world import World, a_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A node on an empty folder, called by the operator of its machine."""
    with a_world(tmp_path) as made:
        yield made
