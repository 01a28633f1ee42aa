"""How the platform is, what it runs, and how far its log is proved."""

import asyncio
from collections.abc import Mapping
from typing import Final

import msgspec

from haihe.log import store
from haihe.model.text import Text
from haihe.run.engine import Engine
from haihe.run.house import ACCESS, QUARANTINE
from haihe.serve.calling import Asked
from haihe.serve.kinds import EntityId, Limit, Nothing, Offset
from haihe.serve.records import flat, records_of
from haihe.serve.sight import check_sight, enterprise_of

NEWEST_MAX: Final = 5_000  # Ours: entries; about a day of reads of a zone, some tenths of a second.
LOOKED_MAX: Final = 50_000  # Ours: accesses looked through for one page of an enterprise's own.


class StreamHealth(msgspec.Struct, frozen=True):
    """How a stream is.

    entities: how many have spoken; records: how many are in the log.
    received_at: when its newest came; null if none has.
    """

    name: str
    entities: int
    records: int
    received_at: int


class PackHealth(msgspec.Struct, frozen=True):
    """A pack that runs."""

    name: str
    title: Text
    version: str


class Health(msgspec.Struct, frozen=True):
    """How the platform is.

    ready: whether records can be taken.
    trouble: what is wrong, in words; "" if nothing is. clock_trouble: the same of the clock.
    now: the log's time.
    next_offset: how many records and lines the log has; decided_to: how far they are decided.
    waiting_rows: records that wait to be written.
    failed_rules: rule to why it was stopped.
    counted_entries, entries: how far ``records`` are counted; behind after a start on a long log.
    quarantined: records and values set aside since the beginning.
    cases, letters: how many are in each state.
    listeners: screens that listen.
    """

    ready: bool
    trouble: str
    clock_trouble: str
    now: int
    next_offset: int
    decided_to: int
    waiting_rows: int
    packs: tuple[PackHealth, ...]
    failed_rules: dict[str, str]
    streams: tuple[StreamHealth, ...]
    counted_entries: int
    entries: int
    quarantined: int
    alarms: int
    cases: dict[str, int]
    letters: dict[str, int]
    listeners: int


class Alive(msgspec.Struct, frozen=True):
    """Whether the server answers."""

    live: bool = True


class CheckpointShown(msgspec.Struct, frozen=True):
    """How far the log is proved.

    entries, next_offset: what the log holds now; root: the Merkle root over it, chain: the hash
        chain after it, in hex.
    signed_entries: how many the signed note covers; note: "" if there is none yet.
    """

    entries: int
    next_offset: int
    root: str
    chain: str
    signed_entries: int
    note: str


class PackShown(msgspec.Struct, frozen=True):
    """A pack and what it brings.

    has_room: whether it shows what its loops steer, under ``/traffic/room``.
    """

    name: str
    title: Text
    version: str
    streams: tuple[str, ...]
    rules: tuple[str, ...]
    has_twin: bool
    has_room: bool


class AccessQuery(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}
):
    """Which accesses; the oldest first.

    newest: the newest first instead, of the newest ``NEWEST_MAX`` reads; ``from`` counts nothing.
    entity: only reads that name this one; a list that held it among others names none.
    """

    start: Offset = 0
    limit: Limit = 100
    newest: bool = False
    entity: EntityId | None = None


class AccessShown(msgspec.Struct, frozen=True):
    """Who read an enterprise's data: person, route, subject; ``next`` as in the quarantine."""

    records: tuple[dict[str, object], ...]
    next: int | None


async def alive(_: Asked[Nothing, None]) -> Alive:
    """That the server answers; nothing of the platform."""
    return Alive()


async def health(asked: Asked[Nothing, None]) -> Health:
    """How the platform is, at once, without waiting for the writer."""
    platform, caller = asked.platform, asked.caller
    node = platform.node
    engine, log = node.engine, node.log
    count = await asyncio.to_thread(platform.counts.look)
    cases, letters = await asyncio.to_thread(
        lambda: (store.count_cases(log.reader()), store.count_letters(log.reader()))
    )
    streams = tuple(
        StreamHealth(
            name=live.stream.name,
            entities=live.count,
            records=count.records.get(live.stream.name, 0),
            received_at=int(live.received_at[: live.count].max(initial=0)),
        )
        for live in engine.live.streams()
        if caller.sees(live.stream.name)
    )
    return Health(
        ready=not node.trouble or node.trouble == node.clock.trouble,
        trouble=node.trouble,
        clock_trouble=node.clock.trouble,
        now=max(engine.now, node.clock.now()),
        next_offset=log.next_offset,
        decided_to=engine.next_offset,
        waiting_rows=node.waiting_rows,
        packs=tuple(
            PackHealth(pack.name, pack.title, pack.version)
            for pack in engine.packs
            if caller.sees(pack.name)
        ),
        failed_rules={rule: why for rule, why in engine.failed.items() if caller.sees(rule)},
        streams=streams,
        counted_entries=count.entries,
        entries=log.size,
        quarantined=count.records.get(QUARANTINE.name, 0),
        alarms=len(engine.track.casework.desk.standing),
        cases=cases,
        letters=letters,
        listeners=platform.hub.listeners,
    )


async def list_packs(asked: Asked[Nothing, None]) -> tuple[PackShown, ...]:
    """The packs that run."""
    packs = (pack for pack in asked.platform.node.engine.packs if asked.caller.sees(pack.name))
    return tuple(
        PackShown(
            name=pack.name,
            title=pack.title,
            version=pack.version,
            streams=tuple(stream.name for stream in pack.all_streams),
            rules=tuple(pack.rule(playbook) for playbook in pack.playbooks),
            has_twin=pack.twin is not None,
            has_room=pack.room is not None,
        )
        for pack in packs
    )


async def checkpoint(asked: Asked[Nothing, None]) -> CheckpointShown:
    """The log's head, and the newest signed note about it."""
    platform = asked.platform
    log = platform.node.log

    def look(_: Engine) -> tuple[int, int, str, str]:
        return log.frontier.size, log.next_offset, log.frontier.root.hex(), log.chain.hex()

    size, next_offset, root, chain = await platform.answers.of(platform.node.ask(look))
    kept = await asyncio.to_thread(lambda: store.last_checkpoint(log.reader()))
    signed, note = kept if kept is not None else (0, "")
    return CheckpointShown(size, next_offset, root, chain, signed, note)


async def list_access(asked: Asked[AccessQuery, None]) -> AccessShown:
    """Who read an enterprise's data: its own for an enterprise, everybody's for an admin."""
    platform, caller, query = asked.platform, asked.caller, asked.query
    ids = platform.node.log.directory.ids(ACCESS.name)
    own = enterprise_of(caller)
    if query.entity is not None:
        check_sight(platform.node, caller, entity=query.entity)

    def is_meant(row: Mapping[str, object]) -> bool:
        if own and row["entity"] != own:
            return False
        return query.entity is None or query.entity in str(row["subject"]).split()

    def read_newest() -> AccessShown:
        first = store.newest_from(platform.node.log.reader(), ACCESS.name, entries=NEWEST_MAX)
        batches = records_of(platform, ACCESS.name, from_offset=first)
        rows = [row for batch in batches for row in flat(batch, ids) if is_meant(row)]
        return AccessShown(tuple(rows[: -query.limit - 1 : -1]), None)

    def read() -> AccessShown:
        rows: list[dict[str, object]] = []
        looked, next_offset = 0, query.start
        for batch in records_of(platform, ACCESS.name, from_offset=query.start):
            for place, row in enumerate(flat(batch, ids)):
                next_offset = int(batch.offsets[place]) + 1
                looked += 1
                if is_meant(row):
                    rows.append(row)
                if len(rows) >= query.limit or looked >= LOOKED_MAX:
                    return AccessShown(tuple(rows), next_offset)
        return AccessShown(tuple(rows), None)

    return await asyncio.to_thread(read_newest if query.newest else read)
