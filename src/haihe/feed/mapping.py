"""A mapping file: how the columns of somebody else's files become records of a stream.

YAML, one file for one kind of file::

    title: SKAB, water loop                # what it is
    source: github.com/waico/SKAB          # where the files come from
    format: csv                            # csv, ndjson or parquet; each may also be .gz
    separator: ";"                         # csv only; default ","
    decimal: "."                           # or ","
    encoding: utf-8                        # or gb18030 ...
    missing: ["", "NA"]                    # cells that mean: no value
    stream: gallery.pump                   # a pack's stream, or one declared here:
    stream:
      name: skab.pump
      source: SKAB, data/README
      fields:
        - {name: current_a, unit: A, low: 0, high: 100}
        - {name: wind, kind: text}
    entity: "pump/{stem}"                  # {stem} and {parent} of the file's path,
    entity: "station/{station}"            # or {column} by name
    time:
      columns: [year, month, day, hour]    # joined by a space; most files have one column
      format: "%Y %m %d %H"                # strptime; or iso (default); or epoch
      zone: "+08:00"                       # where the texts carry no offset
      assumed: China keeps one zone        # why this zone, if the file does not say
    datum: gcj02                           # of lon and lat: wgs84 (default), gcj02 or bd09
    columns:
      Current: current_a                   # column: field
      Pressure: {field: pressure_bar, scale: 0.001, offset: 0}
    wide: {field: flow_m3_h, entity: "link/{column}"}   # instead of columns: one column an entity
    ignore: ["No"]                         # every column is mapped or named here
    labels:                                # kept aside, to score a backtest
      - {name: anomaly, column: anomaly, optional: true}
      - {name: window, windows: ../../combined_windows.json, key: "{parent}/{stem}.csv"}
      - {name: leak, table: leaks.csv, entity: "pipe/{linkID}", start: startTime, end: endTime}
"""

import re
from collections.abc import Mapping as MappingOf
from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec
import yaml

from haihe.errors import RecordRefused
from haihe.model.datum import Datum
from haihe.model.stream import Field, FieldKind, Stream

MAPPING_BYTES_MAX: Final = 1_000_000  # Ours: a mapping is written by hand.
PATH_PARTS: Final = ("stem", "parent")
_READY: Final = files("haihe.feed") / "mappings"
_PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Common to all parts of a mapping file."""


class FieldPart(_Part, frozen=True, kw_only=True):
    """A field of a stream that is declared in the mapping itself."""

    name: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    kind: FieldKind = FieldKind.NUMBER


class StreamPart(_Part, frozen=True, kw_only=True):
    """A stream that is declared in the mapping itself."""

    name: str
    fields: tuple[FieldPart, ...]
    source: str = ""


class TimePart(_Part, frozen=True, kw_only=True):
    """Where the time of a row stands and how it is written."""

    columns: tuple[str, ...]
    format: str = "iso"
    zone: str = ""
    assumed: str = ""


class ColumnPart(_Part, frozen=True, kw_only=True):
    """A column that becomes a field: value * scale + offset."""

    field: str
    scale: float = 1.0
    offset: float = 0.0


class WidePart(_Part, frozen=True, kw_only=True):
    """One column for each entity, all of one field."""

    field: str
    entity: str
    scale: float = 1.0
    offset: float = 0.0


class LabelPart(_Part, frozen=True, kw_only=True):
    """Where what truly happened is written: a column, a file of windows, or a table."""

    name: str
    column: str = ""
    optional: bool = False
    windows: str = ""
    key: str = ""
    table: str = ""
    entity: str = ""
    start: str = ""
    end: str = ""


class _File(_Part, frozen=True, kw_only=True):
    title: str = ""
    source: str = ""
    format: str = "csv"
    separator: str = ","
    decimal: str = "."
    encoding: str = "utf-8"
    missing: tuple[str, ...] = ("",)
    stream: str | StreamPart
    entity: str = ""
    time: TimePart
    datum: Datum = Datum.WGS84
    columns: dict[str, str | ColumnPart] = {}
    wide: WidePart | None = None
    ignore: tuple[str, ...] = ()
    labels: tuple[LabelPart, ...] = ()


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """A checked mapping.

    title, source: what the files are and where they come from.
    format: "csv", "ndjson" or "parquet".
    separator, decimal, encoding: how a csv is written.
    missing: cells that mean "no value".
    stream: what the rows become.
    entity: template of the entity's id; "" where ``wide`` gives it.
    time: where the time stands.
    datum: in which lon and lat are written.
    columns: column to field.
    wide: how one column for each entity is read; None for an ordinary table.
    ignore: columns that are passed over.
    labels: where the truth for scoring stands.
    """

    title: str
    source: str
    format: str
    separator: str
    decimal: str
    encoding: str
    missing: tuple[str, ...]
    stream: Stream
    entity: str
    time: TimePart
    datum: Datum
    columns: dict[str, ColumnPart]
    wide: WidePart | None
    ignore: tuple[str, ...]
    labels: tuple[LabelPart, ...]

    @property
    def entity_columns(self) -> tuple[str, ...]:
        """The columns that the entity's id is made of."""
        return tuple(name for name in pieces(self.entity)[1::2] if name not in PATH_PARTS)


def ready_mappings() -> tuple[str, ...]:
    """Names of the mappings that come with the house, such as "skab"."""
    names = [entry.name.removesuffix(".yaml") for entry in _READY.iterdir()]
    return tuple(sorted(name for name in names if not name.startswith("_")))


def load_mapping(name: str | Path, *, streams: MappingOf[str, Stream] | None = None) -> Mapping:
    """The mapping of that name (see ``ready_mappings``) or at that path.

    streams: streams of packs by name, for mappings that refer to one.
    Raises RecordRefused naming the part that is not in order.
    """
    source = _READY / f"{name}.yaml" if str(name) in ready_mappings() else Path(name)
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecordRefused(
            f"mapping '{name}' cannot be read ({error}); give a path, or one of "
            f"{', '.join(ready_mappings())}."
        ) from error
    return parse_mapping(text, name=str(name), streams=streams)


def parse_mapping(
    text: str, *, name: str = "mapping", streams: MappingOf[str, Stream] | None = None
) -> Mapping:
    """The mapping that a YAML text holds.

    Raises RecordRefused naming the part that is not in order.
    """
    if len(text) > MAPPING_BYTES_MAX:
        raise RecordRefused(f"mapping '{name}' has {len(text)} characters; this is no mapping.")
    try:
        file = msgspec.convert(yaml.safe_load(text), _File)
        mapping = _checked(file, streams or {})
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise RecordRefused(f"mapping '{name}': {error}") from error
    return mapping


def pieces(template: str) -> tuple[str, ...]:
    """A template cut up: text, name, text, name, ..., text.

    >>> pieces("station/{station}-{stem}")
    ('station/', 'station', '-', 'stem', '')
    """
    return tuple(_PLACEHOLDER.split(template))


def fill(template: str, values: MappingOf[str, str]) -> str:
    """The template with the placeholders that are known filled.

    >>> fill("pump/{parent}-{id}", {"parent": "7"})
    'pump/7-{id}'
    """
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), template)


def path_parts(path: Path) -> dict[str, str]:
    """What a template can say of a file: ``stem``, its name without endings, and ``parent``.

    >>> path_parts(Path("skab/valve1/0.csv.gz"))
    {'stem': '0', 'parent': 'valve1'}
    """
    name = path.name.removesuffix(".gz")
    return {"stem": name.removesuffix(Path(name).suffix), "parent": path.resolve().parent.name}


def _checked(file: _File, streams: MappingOf[str, Stream]) -> Mapping:
    """The parts put together.

    Raises ValueError naming the part that is not in order.
    """
    if file.format not in ("csv", "ndjson", "parquet"):
        raise ValueError(f"format is '{file.format}'; it must be csv, ndjson or parquet.")
    if len(file.separator) != 1 or file.decimal not in (".", ",") or file.separator == file.decimal:
        raise ValueError(
            f"separator '{file.separator}' must be one character and decimal '{file.decimal}' "
            "a point or a comma, and not the same."
        )
    if bool(file.columns) == bool(file.wide):
        raise ValueError("give either columns (a field each) or wide (an entity each).")
    if bool(file.entity) == bool(file.wide):
        raise ValueError(
            "give entity, a template such as 'pump/{stem}'; with wide give wide.entity."
        )
    stream = _stream(file.stream, streams)
    columns = {
        name: ColumnPart(field=part) if isinstance(part, str) else part
        for name, part in file.columns.items()
    }
    targets = [part.field for part in columns.values()] + ([file.wide.field] if file.wide else [])
    for target in targets:
        stream.field(target)
    if len(set(targets)) != len(targets):
        raise ValueError(f"two columns become the same field: {', '.join(targets)}.")
    _check_time(file.time)
    for label in file.labels:
        _check_label(label)
    return Mapping(
        title=file.title,
        source=file.source,
        format=file.format,
        separator=file.separator,
        decimal=file.decimal,
        encoding=file.encoding,
        missing=file.missing,
        stream=stream,
        entity=file.entity,
        time=file.time,
        datum=file.datum,
        columns=columns,
        wide=file.wide,
        ignore=file.ignore,
        labels=file.labels,
    )


def _stream(part: str | StreamPart, streams: MappingOf[str, Stream]) -> Stream:
    if isinstance(part, StreamPart):
        fields = tuple(
            Field(field.name, unit=field.unit, low=field.low, high=field.high, kind=field.kind)
            for field in part.fields
        )
        return Stream(part.name, fields=fields, source=part.source)
    if part not in streams:
        known = ", ".join(sorted(streams)) or "none"
        raise ValueError(
            f"stream '{part}' is declared by no pack (known: {known}); declare it here."
        )
    return streams[part]


def _check_time(time: TimePart) -> None:
    if not time.columns:
        raise ValueError("time.columns is empty; name the column (or columns) of the time.")
    if time.format not in ("iso", "epoch") and "%" not in time.format:
        raise ValueError(
            f"time.format is '{time.format}'; it must be iso, epoch or such as '%d.%m.%Y %H:%M'."
        )
    if not time.zone and time.format not in ("iso", "epoch"):
        raise ValueError("time.zone is missing; a format without an offset needs one, as '+08:00'.")


def _check_label(label: LabelPart) -> None:
    if sum(map(bool, (label.column, label.windows, label.table))) != 1:
        raise ValueError(f"label '{label.name}' must have one of column, windows or table.")
    if label.table and not (label.start and label.end and label.entity):
        raise ValueError(f"label '{label.name}' with a table needs entity, start and end.")
    if label.windows and not label.key:
        raise ValueError(
            f"label '{label.name}' with windows needs key, as '{{parent}}/{{stem}}.csv'."
        )
