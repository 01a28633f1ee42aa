"""What the server is told once, at its start."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from haihe.model.record import Batch
from haihe.model.text import Text
from haihe.run.config import HistorySetting, ProviderSetting
from haihe.run.outbox import Carrier
from haihe.serve.basemap.archive import Archive
from haihe.serve.drill.contract import Drills
from haihe.state.history import History

MEBIBYTE: Final = 1 << 20  # Of bytes.
BODY_LIMIT: Final = 64 * MEBIBYTE  # Ours: some 600,000 records as JSON; more is sent in parts.
BODIES_LIMIT: Final = 4 * BODY_LIMIT  # Ours: what all bodies under way may hold together.
BODY_WAIT_S: Final = 30.0  # Ours: a sender that is silent for longer has gone.
CLIENTS_MAX: Final = 200  # Ours: screens that listen at once; measured at 500 with 7 % of a core.


@dataclass(frozen=True, slots=True)
class Services:
    """What the server hands on to and does not do itself.

    proof: a case's id to its offline proof as JSON bytes; ValueError if there is no such case.
        None where the log has no signing key.
    records: a stream's name and an offset to its records from there on, in order, wherever they
        stand now. None where there is no history: then they are read from the log alone.
    history: what is asked for the past; None where there is none.
    drills: whoever holds drills; None where nobody does.
    font: file of a font for PDFs; "" for one that is found.
    sign: a list's size, root and name to a checkpoint of it, signed with the log's key; None where
        it has none.
    carrier: takes orders to their sinks; None where nothing leaves.
    keeping: how long history is kept where nobody said otherwise.
    """

    proof: Callable[[str], bytes] | None = None
    records: Callable[[str, int], Iterator[Batch]] | None = None
    history: History | None = None
    drills: Drills | None = None
    font: str = ""
    sign: Callable[[int, bytes, str], str] | None = None
    carrier: Carrier | None = None
    keeping: HistorySetting = field(default_factory=HistorySetting)


@dataclass(frozen=True, slots=True)
class Cost:
    """How much work one guess at a password is.

    passes: over the memory; memory_kib: KiB; lanes: at once.
    """

    passes: int = 3  # RFC 9106, 4: the second recommended option, for less memory.
    memory_kib: int = 64 << 10  # The same.
    lanes: int = 4  # The same.


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of the server.

    host: the address it is bound to.
    title: what the first page calls this place.
    demo: whether what is shown is a demonstration.
    is_drill: whether it is a drill: a past day on a copy that reaches nobody.
    body_limit: bytes of one request's body.
    bodies_limit: bytes of all bodies that are being read or decoded.
    body_wait_s: how long a sender may be silent within a body; s.
    hosts: names other than the bound one under which the server may be called.
    clients_max: how many may listen to ``/events`` at once.
    proxies: addresses of proxies that are ours, whose word on the caller's address is taken.
    cost: of trying out one password.
    provider: whoever vouches for people by OpenID Connect; None for nobody.
    services: what is handed on.
    base_map: what lies beneath everything on the map; None for the zone's own shape alone.
    """

    host: str = "127.0.0.1"
    title: Text = field(default=Text(zh="海河·城市大脑", en="Haihe city brain"))
    demo: bool = False
    is_drill: bool = False
    body_limit: int = BODY_LIMIT
    bodies_limit: int = BODIES_LIMIT
    body_wait_s: float = BODY_WAIT_S
    hosts: tuple[str, ...] = ()
    clients_max: int = CLIENTS_MAX
    proxies: tuple[str, ...] = ()
    cost: Cost = Cost()
    provider: ProviderSetting | None = None
    services: Services = Services()
    base_map: Archive | None = None
