"""Arrays and memories as plain values, for a snapshot."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np


class Column(msgspec.Struct, frozen=True):
    """An array: its dtype, shape and bytes."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes


def memory_out(value: Any) -> Any:
    """A memory as plain values: dataclasses by field, arrays packed."""
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: memory_out(getattr(value, name)) for name in names}
    if isinstance(value, np.ndarray):
        return packed(value)
    return [memory_out(part) for part in value] if isinstance(value, tuple) else value


def memory_in(like: Any, saved: Any) -> Any:
    """The memory that was saved, of the same classes as a fresh one."""
    if dataclasses.is_dataclass(like) and not isinstance(like, type):
        parts = {name: memory_in(getattr(like, name), part) for name, part in saved.items()}
        return dataclasses.replace(like, **parts)
    if isinstance(like, np.ndarray):
        return unpacked(msgspec.convert(saved, Column))
    if isinstance(like, tuple):
        if not like:  # Nothing to go by: plain values.
            return tuple(saved)
        fresh: Sequence[Any] = like if len(like) == len(saved) else [like[0]] * len(saved)
        return tuple(memory_in(one, part) for one, part in zip(fresh, saved, strict=True))
    return saved


def packed(array: Any) -> Column:
    """An array as plain values."""
    return Column(array.dtype.str, array.shape, np.ascontiguousarray(array).tobytes())


def unpacked(column: Column) -> Any:
    """The array that was packed; its own, to be written to."""
    return np.frombuffer(column.data, dtype=column.dtype).reshape(column.shape).copy()
