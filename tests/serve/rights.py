"""The tables of docs/api.md that say who may what; the tests hold the server against them."""

from typing import Final

from haihe.serve.rights import MAY, NOBODY
from tests.tidy import ROOT

BEGIN: Final = "<!-- rights: begin -->\n"
END: Final = "<!-- rights: end -->"


def written() -> str:
    """The tables as they stand in the guide."""
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    return text.partition(BEGIN)[2].partition(END)[0]


def read_rights() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Route to who may call it; route and verb to who may do it. "nobody" has not signed in."""
    first, _, second = written().partition("\n\n")
    return _read(first), _read(second)


def _read(table: str) -> dict[str, set[str]]:
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line]
    if not rows:
        return {}
    who = [name.strip("()") for name in rows[0][1:]]
    assert NOBODY.strip("()") in who
    return {
        name.strip("`"): {one for one, mark in zip(who, marks, strict=True) if mark == MAY}
        for name, *marks in rows[2:]
    }
