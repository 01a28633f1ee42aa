"""Packs found by entry point; one that cannot be loaded is told of, and the others are."""

from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from haihe.errors import PackInvalid
from haihe.pack.contract import Pack

GROUP: Final = "haihe.packs"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was found.

    packs: those that load, by name.
    failed: entry point name to why it does not.
    """

    packs: tuple[Pack, ...]
    failed: dict[str, str]


def load_packs(only: tuple[str, ...] = ()) -> Loaded:
    """Every installed pack, or only those named.

    Raises PackInvalid if one that is named is not installed.
    """
    found = {point.name: point for point in entry_points(group=GROUP)}
    for name in only:
        if name not in found:
            known = ", ".join(sorted(found)) or "none"
            raise PackInvalid(f"no pack '{name}' is installed; installed are: {known}.")
    packs: list[Pack] = []
    failed: dict[str, str] = {}
    for name in sorted(only or found):
        try:
            packs.append(_load(found[name]))
        except PackInvalid as error:
            failed[name] = str(error)
    return Loaded(tuple(packs), failed)


def _load(point: EntryPoint) -> Pack:
    """The pack behind an entry point.

    Raises PackInvalid if it cannot be imported, is no pack, or has another name.
    """
    try:
        pack = point.load()
    except (ImportError, AttributeError, SyntaxError, ValueError, TypeError) as error:
        raise PackInvalid(
            f"pack '{point.name}' ({point.value}) cannot be loaded: {error}. "
            "Run 'haihe pack check' on it."
        ) from error
    if not isinstance(pack, Pack):
        raise PackInvalid(f"{point.value} is a {type(pack).__name__}, not a Pack.")
    if pack.name != point.name:
        raise PackInvalid(
            f"entry point '{point.name}' leads to pack '{pack.name}'; name them alike."
        )
    return pack
