"""Instants and times that a request names."""

from haihe.model.time import parse_instant
from haihe.serve.problem import malformed


def instant_in(text: str, otherwise: int) -> int:
    """The instant a text names, or another; ns.

    Raises Problem if it names none.
    """
    try:
        return parse_instant(text) if text else otherwise
    except ValueError as error:
        raise malformed(str(error)) from error


def ordered(from_at: int, to_at: int) -> tuple[int, int]:
    """A time whose end lies after its beginning; ns.

    Raises Problem if it does not.
    """
    if from_at >= to_at:
        raise malformed("'from' must lie before 'to'.")
    return from_at, to_at
