"""Who may call what, as a table for people: made from the table of routes, kept in docs/api.md."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from haihe.serve.access import ANYONE, EVERYONE, Role, Roles
from haihe.serve.access.roles import VERBS
from haihe.serve.calling import Operation

MAY: Final = "✓"
FEWER: Final = {verb.value: roles for verb, roles in VERBS.items()}
NOBODY: Final = "(nobody)"  # Who has not signed in.


def rights(routes: Sequence[Operation]) -> str:
    """The routes, then what is done by them, each with the roles that may; Markdown."""
    by_path = [(f"{route.method} {route.path.replace(':path', '')}", route) for route in routes]
    rows = [(name, route.roles) for name, route in by_path]
    verbs = [
        (f"{name} {verb}", (route.roles or EVERYONE) & FEWER.get(verb, EVERYONE))
        for name, route in by_path
        for verb in _verbs(route)
    ]
    return "\n".join((*_table("route", rows), "", *_table("route and verb", verbs), ""))


def _verbs(route: Operation) -> Iterable[str]:
    """What the body of a route may ask to be done."""
    annotation = getattr(route.body, "__annotations__", {}).get("verb")
    return getattr(annotation, "__args__", ())


def _table(head: str, rows: Iterable[tuple[str, Roles]]) -> Iterator[str]:
    yield f"| {head} | {' | '.join((*Role, NOBODY))} |"
    yield "|---" * (len(Role) + 2) + "|"
    for name, roles in rows:
        marks = [MAY if role in (roles or EVERYONE) else "" for role in Role]
        marks.append(MAY if roles == ANYONE else "")
        yield f"| `{name}` | {' | '.join(marks)} |"
