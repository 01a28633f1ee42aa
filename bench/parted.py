"""Benches of several parts, of which the caller may ask for some."""

from collections.abc import Callable, Mapping

from bench.rows import Options, Row

Part = Callable[[Options], list[Row]]


def chosen(options: Options, parts: Mapping[str, Part]) -> dict[str, Part]:
    """The parts that were asked for, in their order; all if none was.

    Raises ValueError if ``options.only`` names one that is not there.
    """
    unknown = set(options.only) - set(parts)
    if unknown:
        raise ValueError(f"there is no part {min(unknown)}; there are {', '.join(parts)}.")
    return {name: part for name, part in parts.items() if name in (options.only or parts)}
