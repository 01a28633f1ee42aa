"""What went wrong with a request, always in the same shape: what was found and what to do."""

from collections.abc import Mapping
from typing import Final

import msgspec

from haihe.errors import (
    HaiheError,
    LogDamaged,
    LogUnavailable,
    MoveIllegal,
    NotAllowed,
    Overloaded,
    PackInvalid,
    RecordRefused,
)

LOG_RETRY_S: Final = 5  # Ours: about how long an operator or a full disk's clean-up needs at best.
_DO: Final = {
    "malformed": "Mend the request; docs/api.md shows every body.",
    "unknown": "Look at the list above it, or at /api/v1/openapi.json.",
    "conflict": "Read the present state again; then decide anew.",
    "overloaded": "Send the same again after the seconds in Retry-After; nothing of it was taken.",
    "unavailable": "Send the same again after the seconds in Retry-After.",
    "damaged": "Stop, copy the data folder, run 'haihe verify', restore a backup.",
    "forbidden": "Ask an admin of this node for a token with the role or scope.",
    "internal": "Look in the server's error output, which names the route; then report it.",
}


class ErrorSaid(msgspec.Struct, frozen=True):
    """One error.

    code: one word for a program.
    message: what was found and what was expected.
    what_to_do: the next step for a person.
    """

    code: str
    message: str
    what_to_do: str


class ErrorBody(msgspec.Struct, frozen=True):
    """The body of every answer with a status of 400 or more."""

    error: ErrorSaid


class Problem(Exception):  # A refusal is not an error of ours; it never leaves serve.
    """A request that gets an error for an answer."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        message: str,
        what_to_do: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Say it.

        status: of HTTP.
        headers: that go with it, such as Retry-After.
        """
        super().__init__(message)
        self.status = status
        self.code = code
        self.what_to_do = what_to_do or _DO.get(code, _DO["malformed"])
        self.headers = dict(headers or {})

    @property
    def body(self) -> bytes:
        """The answer's body, JSON."""
        return msgspec.json.encode(ErrorBody(ErrorSaid(self.code, str(self), self.what_to_do)))


def malformed(message: str, *, status: int = 400) -> Problem:
    """A request that cannot be read, or says what cannot be."""
    return Problem(status, "malformed", message=message)


def unknown(message: str, *, what_to_do: str = "") -> Problem:
    """Something that does not exist, or not for this caller."""
    return Problem(404, "unknown", message=message, what_to_do=what_to_do)


def conflict(message: str, *, what_to_do: str = "") -> Problem:
    """Something that the state of things does not allow."""
    return Problem(409, "conflict", message=message, what_to_do=what_to_do)


def forbidden(message: str, *, what_to_do: str = "") -> Problem:
    """Something that this caller may not do."""
    return Problem(403, "forbidden", message=message, what_to_do=what_to_do)


def internal() -> Problem:
    """A fault of ours; what it is stays inside."""
    return Problem(500, "internal", message="the server met a fault of its own.")


def problem_of(error: HaiheError) -> Problem:
    """The answer to one of the house's errors."""
    message = str(error)
    match error:
        case RecordRefused():
            return malformed(message)
        case Overloaded(retry_after_s=seconds):
            wait = {"retry-after": str(seconds)}
            return Problem(429, "overloaded", message=message, headers=wait)
        case LogUnavailable():
            wait = {"retry-after": str(LOG_RETRY_S)}
            return Problem(503, "unavailable", message=message, headers=wait)
        case MoveIllegal() | PackInvalid():
            return conflict(message)
        case NotAllowed():
            return forbidden(message)
        case LogDamaged():
            return Problem(500, "damaged", message=message)
        case _:
            return internal()
