"""A broker for each test."""

import pytest

from tests.serve.ngsi.broker import Broker
from tests.serve.world import World


@pytest.fixture
def broker(world: World) -> Broker:
    """Called by the operator of its machine."""
    return Broker(world)
