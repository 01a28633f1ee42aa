"""What every route works with: the node and the server's own parts beside it."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from haihe.log.blobs import Blobs
from haihe.run.node import Node
from haihe.serve.access import Access
from haihe.serve.body import Bodies
from haihe.serve.checking import CHECKS, Checks
from haihe.serve.counts import Counts
from haihe.serve.hours import Hours
from haihe.serve.inbox import MapAnswer, Standing
from haihe.serve.push import Hub
from haihe.serve.quality import Quality
from haihe.serve.schemes.standing import Current
from haihe.serve.settings import Settings
from haihe.serve.shared import Shared
from haihe.serve.sign import VitalsShown
from haihe.serve.traffic.asked_days import AskedDays
from haihe.serve.traffic.backtesting import BACKTESTS, Backtests
from haihe.serve.traffic.described import Described
from haihe.serve.traffic.kept import KeptRoom
from haihe.serve.traffic.lit import Lit
from haihe.serve.waiting import Answers
from haihe.serve.witness import Moments, Witness

VITALS_KEPT_S: Final = 60.0  # Ours: a figure of an hour moves little in a minute.


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
    quality: the book of alarms, and trials on what was recorded.
    moments: instants for facts.
    blobs: the files of orders and cases.
    witness: tells the log of changes to who may come in.
    maps, vitals: answers that were just given; standing: what of the map stands and does not move.
    hours: what fields came to in hours that are over.
    schemes: everybody's standing under the schemes in force.
    described: what an operator wrote down of junctions and detectors. lit: what lights show.
    room: what the room of loops showed last.
    backtests: those of the streets; checks: of packs; both kept in the data folder.
    asked_days: recorded days, driven again in a program of their own.
    declaring: held while a stream's declaration is looked at and changed.
    """

    node: Node
    settings: Settings
    access: Access
    answers: Answers
    bodies: Bodies
    hub: Hub
    counts: Counts
    quality: Quality
    moments: Moments
    witness: Witness
    blobs: Blobs
    backtests: Backtests
    checks: Checks
    maps: Shared[MapAnswer] = field(default_factory=lambda: Shared(MapAnswer.is_large))
    vitals: Shared[VitalsShown] = field(
        default_factory=lambda: Shared(VitalsShown.is_large, kept_s=VITALS_KEPT_S)
    )
    hours: Hours = field(default_factory=Hours)
    standing: Standing = field(default_factory=Standing)
    schemes: Current = field(default_factory=Current)
    described: Described = field(default_factory=Described)
    lit: Lit = field(default_factory=Lit)
    room: KeptRoom = field(default_factory=KeptRoom)
    asked_days: AskedDays = field(default_factory=AskedDays)
    declaring: asyncio.Lock = field(default_factory=asyncio.Lock)


def platform_of(node: Node, settings: Settings, *, access: Access | None = None) -> Platform:
    """The parts of a server for a node.

    access: the doorkeeper; None for one that knows who is known in the log's folder.
    """
    access = access or Access(settings, node.log.path.parent)
    answers, moments = Answers(), Moments(node)
    return Platform(
        node=node,
        settings=settings,
        access=access,
        answers=answers,
        bodies=Bodies(
            limit=settings.body_limit,
            limit_all=settings.bodies_limit,
            wait_s=settings.body_wait_s,
        ),
        hub=Hub(node, clients_max=settings.clients_max),
        counts=Counts(node.log),
        quality=Quality(node.log),
        moments=moments,
        witness=Witness(node, access, answers=answers, moments=moments),
        blobs=Blobs(node.log.path.parent),
        backtests=Backtests(node.log.path.parent / BACKTESTS, now=moments.next),
        checks=Checks(node.log.path.parent / CHECKS),
    )
