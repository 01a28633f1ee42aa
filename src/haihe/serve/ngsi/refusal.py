"""What went wrong with a request, as the standard says it: ProblemDetails with a type of its own.

Source: ETSI GS CIM 009, 5.5.2 and 6.3.2; IETF RFC 7807.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

import msgspec

from haihe.errors import HaiheError
from haihe.serve.problem import Problem, problem_of

ERRORS: Final = "https://uri.etsi.org/ngsi-ld/errors/"


class Kind(Enum):
    """The standard's error types: name, HTTP status, title."""

    INVALID_REQUEST = ("InvalidRequest", 400, "The request cannot be read")
    BAD_REQUEST_DATA = ("BadRequestData", 400, "The request says what cannot be")
    ALREADY_EXISTS = ("AlreadyExists", 409, "It exists already")
    NOT_SUPPORTED = ("OperationNotSupported", 422, "This is not supported")
    NOT_FOUND = ("ResourceNotFound", 404, "It does not exist")
    TOO_COMPLEX = ("TooComplexQuery", 403, "The query is too complex")
    TOO_MANY = ("TooManyResults", 403, "The query asks for too many results")
    NO_CONTEXT = ("LdContextNotAvailable", 503, "The @context is not known here")
    NO_TENANT = ("NonexistentTenant", 404, "There is no such tenant")


# What HTTP itself says where the standard has no type of its own, and for the house's refusals.
_OF_STATUS: Final = {400: Kind.INVALID_REQUEST, 404: Kind.NOT_FOUND, 409: Kind.ALREADY_EXISTS}


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """ProblemDetails.

    type: a URI of the standard, or "about:blank" where HTTP's status says it all.
    detail: what was found and what was expected.
    """

    type: str
    title: str
    status: int
    detail: str = ""


class Refusal(Exception):  # A refusal is not an error of ours; it never leaves serve.
    """A request that gets ProblemDetails for an answer."""

    def __init__(
        self, kind: Kind, detail: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        """Say it.

        headers: that go with it, such as Allow.
        """
        super().__init__(detail)
        name, status, title = kind.value
        self.said = Said(ERRORS + name, title, status, detail)
        self.headers = dict(headers or {})


def bad_data(detail: str) -> Refusal:
    """Content that cannot be."""
    return Refusal(Kind.BAD_REQUEST_DATA, detail)


def invalid(detail: str) -> Refusal:
    """A request that cannot be read."""
    return Refusal(Kind.INVALID_REQUEST, detail)


def not_found(detail: str) -> Refusal:
    """Something that does not exist, or not for this caller."""
    return Refusal(Kind.NOT_FOUND, detail)


def not_supported(detail: str) -> Refusal:
    """Something that the standard knows and this server does not do."""
    return Refusal(Kind.NOT_SUPPORTED, detail)


def of_status(status: int, title: str, *, detail: str) -> Refusal:
    """What HTTP's status says by itself."""
    refusal = Refusal(Kind.INVALID_REQUEST, detail)
    refusal.said = Said("about:blank", title, status, detail)
    return refusal


def of_problem(error: Problem | HaiheError) -> Refusal:
    """One of the house's refusals in the standard's words."""
    problem = error if isinstance(error, Problem) else problem_of(error)
    detail = f"{problem} {problem.what_to_do}"
    kind = _OF_STATUS.get(problem.status)
    if kind is not None:
        return Refusal(kind, detail, headers=problem.headers)
    refusal = of_status(problem.status, problem.code, detail=detail)
    refusal.headers = problem.headers
    return refusal
