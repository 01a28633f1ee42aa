"""Streams: what is declared, and declaring what no pack declares."""

from typing import Annotated

import msgspec

from haihe.model.line import StreamDeclared
from haihe.model.stream import FIELDS_MAX, NAME_MAX, Field, FieldKind, Stream
from haihe.model.time import DAY
from haihe.run.house import HOUSE_STREAMS
from haihe.run.node import Node
from haihe.serve.access import check_scope
from haihe.serve.calling import Asked, Reply
from haihe.serve.kinds import Nothing, Number
from haihe.serve.problem import conflict, malformed, unknown

SOURCE_MAX = 500  # Ours: a citation.
HOUSE = "haihe."


class FieldDeclared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One field of a stream.

    unit: a symbol such as "%LEL"; "1" for a count or ratio, "" for text.
    low, high: the physical range; a value outside it is quarantined.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_MAX)]
    unit: Annotated[str, msgspec.Meta(max_length=40)] = ""
    low: Number | None = None
    high: Number | None = None
    kind: FieldKind = FieldKind.NUMBER


class Declaration(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a stream is.

    source: the standard, device or office that defines it.
    future_by, late_by: how far ``observed_at`` may lie ahead of the clock, or behind the entity's
        newest, before a record is quarantined; ns.
    """

    fields: Annotated[tuple[FieldDeclared, ...], msgspec.Meta(min_length=1, max_length=FIELDS_MAX)]
    source: Annotated[str, msgspec.Meta(max_length=SOURCE_MAX)] = ""
    future_by: Annotated[int, msgspec.Meta(ge=0, le=366 * DAY)] | None = None
    late_by: Annotated[int, msgspec.Meta(ge=0, le=36_600 * DAY)] | None = None


class StreamShown(msgspec.Struct, frozen=True):
    """A declared stream.

    entities: how many have spoken.
    declared_by: the pack, "haihe", or "" where a caller declared it.
    """

    name: str
    fields: tuple[Field, ...]
    source: str
    future_by: int
    late_by: int
    declared_by: str
    entities: int


def declared(node: Node, name: str) -> Stream:
    """The stream of that name.

    Raises Problem if none is declared.
    """
    live = node.engine.live
    if name not in live:
        raise unknown(
            f"stream '{name}' is not declared.",
            what_to_do=f"Declare it with PUT /api/v1/streams/{name}, or start its pack.",
        )
    return live[name].stream


async def list_streams(asked: Asked[Nothing, None]) -> tuple[StreamShown, ...]:
    """Every declared stream the caller may see, by name."""
    node, caller = asked.platform.node, asked.caller
    streams = [live.stream for live in node.engine.live.streams()]
    shown = [_shown(node, stream) for stream in streams if caller.sees(stream.name)]
    return tuple(sorted(shown, key=lambda stream: stream.name))


async def show_stream(asked: Asked[Nothing, None]) -> StreamShown:
    """One stream's declaration."""
    check_scope(asked.caller, asked.path["name"])
    return _shown(asked.platform.node, declared(asked.platform.node, asked.path["name"]))


async def declare(asked: Asked[Nothing, Declaration]) -> Reply:
    """Declare a stream, or add fields to one that was declared so."""
    name, platform = asked.path["name"], asked.platform
    check_scope(asked.caller, name)
    if "." not in name:
        raise malformed(f"stream name '{name}' must look like 'weather.wind'.", status=422)
    async with platform.declaring:
        live = platform.node.engine.live
        old = live[name].stream if name in live else None
        stream = _stream_of(name, asked.body, old=old)
        if stream == old:
            return Reply(_shown(platform.node, stream))
        owner = _declarer(platform.node, name)
        if owner:
            raise conflict(
                f"stream '{name}' is declared by {owner} and only changes with it.",
                what_to_do="Declare a stream of another name for what you want to add.",
            )
        fact = StreamDeclared(at=platform.moments.next(), stream=stream, by=asked.caller.name)
        await platform.answers.of(platform.node.tell(fact))
    return Reply(_shown(platform.node, stream), 201 if old is None else 200)


def _stream_of(name: str, wanted: Declaration, *, old: Stream | None) -> Stream:
    """The stream as declared; the fields it had first, in their order.

    Raises Problem if the declaration cannot be, or takes a field away or changes one.
    """
    try:
        fields = {
            field.name: Field(field.name, field.unit, field.low, field.high, field.kind)
            for field in wanted.fields
        }
        stream = Stream(name, tuple(fields.values()), wanted.source)
    except ValueError as error:
        raise malformed(str(error), status=422) from error
    if len(fields) < len(wanted.fields):
        raise malformed(f"stream '{name}' names a field twice.", status=422)
    for field in old.fields if old is not None else ():
        if field.name not in fields:
            raise conflict(f"field '{field.name}' of '{name}' cannot be taken away; name it too.")
        if fields[field.name] != field:
            raise conflict(
                f"field '{field.name}' of '{name}' is {_words(field)} and cannot become "
                f"{_words(fields[field.name])}.",
                what_to_do="Declare a field of another name beside it.",
            )
    known = tuple(field.name for field in old.fields) if old is not None else ()
    ordered = (*known, *(name for name in fields if name not in known))
    base = old or stream
    return Stream(
        name,
        tuple(fields[name] for name in ordered),
        wanted.source,
        base.future_by if wanted.future_by is None else wanted.future_by,
        base.late_by if wanted.late_by is None else wanted.late_by,
    )


def _words(field: Field) -> str:
    return f"{field.kind} in '{field.unit}' from {field.low} to {field.high}"


def _declarer(node: Node, name: str) -> str:
    """Who declares a stream: "haihe", "pack ..." or "" for a caller."""
    if name.startswith(HOUSE) or any(stream.name == name for stream in HOUSE_STREAMS):
        return "haihe"
    for pack in node.engine.packs:
        if name.startswith(pack.name + ".") and any(s.name == name for s in pack.all_streams):
            return f"pack {pack.name}"
    return ""


def _shown(node: Node, stream: Stream) -> StreamShown:
    return StreamShown(
        name=stream.name,
        fields=stream.fields,
        source=stream.source,
        future_by=stream.future_by,
        late_by=stream.late_by,
        declared_by=_declarer(node, stream.name).removeprefix("pack "),
        entities=len(node.log.directory.ids(stream.name)),
    )
