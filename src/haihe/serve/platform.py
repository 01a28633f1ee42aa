"""What every route works with: the node and the server's own parts beside it."""

import asyncio
from dataclasses import dataclass, field

from haihe.run.node import Node
from haihe.serve.access import Access, TokenBook
from haihe.serve.body import Bodies
from haihe.serve.counts import Counts
from haihe.serve.push import Hub
from haihe.serve.settings import Settings
from haihe.serve.waiting import Answers


class Moments:
    """The log's time for facts told here, no two the same, so that each answer finds its fact."""

    def __init__(self, node: Node) -> None:
        """Take the time from a node's clock."""
        self._node = node
        self._last = 0

    def next(self) -> int:
        """The log's time now, and later than any given before; ns."""
        now = max(self._node.clock.now(), self._node.log.received_at)
        self._last = max(now, self._last + 1)
        return self._last


@dataclass(frozen=True)
class Platform:
    """One server's parts.

    node: the one writer.
    settings: what the server was told.
    access: the doorkeeper.
    answers: the way back from the writer's thread.
    bodies: bodies being read.
    hub: who listens to ``/events``.
    counts: how many records each stream has.
    moments: instants for facts.
    declaring: held while a stream's declaration is looked at and changed.
    """

    node: Node
    settings: Settings
    access: Access
    answers: Answers
    bodies: Bodies
    hub: Hub
    counts: Counts
    moments: Moments
    declaring: asyncio.Lock = field(default_factory=asyncio.Lock)


def platform_of(node: Node, settings: Settings) -> Platform:
    """The parts of a server for a node."""
    return Platform(
        node=node,
        settings=settings,
        access=Access(settings, TokenBook(node.log.path.parent)),
        answers=Answers(),
        bodies=Bodies(
            limit=settings.body_limit,
            limit_all=settings.bodies_limit,
            wait_s=settings.body_wait_s,
        ),
        hub=Hub(node, clients_max=settings.clients_max),
        counts=Counts(node.log),
        moments=Moments(node),
    )
