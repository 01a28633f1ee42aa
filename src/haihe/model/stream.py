"""What one kind of entity reports: named fields with unit, range and source."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from haihe.model.time import DAY, MINUTE
from haihe.model.units import check_unit

NAME_PATTERN: Final = re.compile(r"[a-z][a-z0-9_]*(\.[A-Za-z0-9_-]+)*")
AUTHORS: Final = frozenset({"fact", "step", "shadow"})  # Who writes the log's lines.
NAME_MAX: Final = 120  # Ours: a name is shown on one line.
FIELDS_MAX: Final = 256  # Ours: wider records are several streams.


class FieldKind(StrEnum):
    """How a field's values are kept."""

    NUMBER = "number"  # float64; missing is NaN.
    TEXT = "text"  # str; missing is None.


@dataclass(frozen=True, slots=True)
class Field:
    """One measured or told property of a stream.

    name: lower case with underscores.
    unit: a symbol of ``haihe.model.units``; "1" for a count or ratio, "" for text.
    low, high: the physical range, in ``unit``; a value outside it is absurd and is quarantined.
        None where that side has no bound.
    kind: how values are kept.
    """

    name: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    kind: FieldKind = FieldKind.NUMBER

    def __post_init__(self) -> None:
        """Check name, unit and range once, here, so that no record has to."""
        for bound in ("low", "high"):  # 0 and 0.0 are equal: their bytes in the log must be, too.
            value = getattr(self, bound)
            object.__setattr__(self, bound, None if value is None else float(value))
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", self.name):
            raise ValueError(
                f"field name '{self.name}' must be letters, digits and underscores, a letter first."
            )
        if self.low is not None and self.high is not None and not self.low <= self.high:
            raise ValueError(f"field '{self.name}' has low {self.low} above high {self.high}.")
        if self.kind is FieldKind.NUMBER:
            check_unit(self.unit, where=f"field '{self.name}'")


@dataclass(frozen=True, slots=True)
class Stream:
    """数据流: what one kind of entity reports.

    name: ``pack.what``, such as "gallery.gas".
    fields: at least one. Fields called ``lon`` and ``lat`` (unit "deg") put it on the map.
    source: the standard, device or office that defines it.
    future_by: how far ``observed_at`` may lie ahead of the clock before quarantine; ns.
    late_by: how far ``observed_at`` may lie behind the entity's newest before quarantine; ns.
    """

    name: str
    fields: tuple[Field, ...]
    source: str = ""
    future_by: int = 5 * MINUTE  # Ours: more than any clock that is set by network.
    late_by: int = 31 * DAY  # Ours: a gateway that was away for a month still delivers.

    def __post_init__(self) -> None:
        """Check names and counts once."""
        if not NAME_PATTERN.fullmatch(self.name) or len(self.name) > NAME_MAX:
            raise ValueError(f"stream name '{self.name}' must look like 'gallery.gas'.")
        if self.name in AUTHORS:
            raise ValueError(f"stream name '{self.name}' is the log's own; take another.")
        if not 1 <= len(self.fields) <= FIELDS_MAX:
            raise ValueError(
                f"stream '{self.name}' has {len(self.fields)} fields; "
                f"1 to {FIELDS_MAX} are allowed."
            )
        names = [field.name for field in self.fields]
        if len({name.lower() for name in names}) != len(names):  # History knows no case.
            raise ValueError(f"stream '{self.name}' names a field twice: {', '.join(names)}.")
        if reserved := set(names) & {"entity", "observed_at", "received_at", "offset", "slot"}:
            raise ValueError(f"stream '{self.name}': {min(reserved)} is not free as a field name.")

    @property
    def numbers(self) -> tuple[Field, ...]:
        """The fields kept as float64, in order."""
        return tuple(field for field in self.fields if field.kind is FieldKind.NUMBER)

    @property
    def texts(self) -> tuple[Field, ...]:
        """The fields kept as text, in order."""
        return tuple(field for field in self.fields if field.kind is FieldKind.TEXT)

    @property
    def is_placed(self) -> bool:
        """Whether its records carry ``lon`` and ``lat``."""
        return {"lon", "lat"} <= {field.name for field in self.numbers}

    def widened(self, before: "Stream") -> "Stream":
        """This stream with the fields it had before: a field is added, never taken away.

        >>> old = Stream("t.air", (Field("no2", "ug/m3"), Field("o3", "ug/m3")))
        >>> [field.name for field in Stream("t.air", (Field("pm10", "ug/m3"),)).widened(old).fields]
        ['pm10', 'no2', 'o3']
        """
        names = {field.name for field in self.fields}
        kept = tuple(field for field in before.fields if field.name not in names)
        return replace(self, fields=(*self.fields, *kept)) if kept else self

    def field(self, name: str) -> Field:
        """The field of that name.

        Raises ValueError if there is none.
        """
        for field in self.fields:
            if field.name == name:
                return field
        known = ", ".join(field.name for field in self.fields)
        raise ValueError(f"stream '{self.name}' has no field '{name}'; it has {known}.")
