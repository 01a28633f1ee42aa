"""Whether a status stands in the document of the API: looked at whenever a test asks something."""

import json
import re
from functools import cache
from typing import Any, Final

from haihe.serve.openapi import document
from haihe.serve.routes import ROUTES
from haihe.serve.settings import Settings

# A method that does nothing there, and a fault of ours, are no route's own answers.
UNTOLD: Final = frozenset({405, 500})


@cache
def own_document() -> dict[str, Any]:
    """As ``haihe openapi`` prints it; not to be changed."""
    return dict(json.loads(document(ROUTES, Settings().title)))


@cache
def _statuses() -> list[tuple[re.Pattern[str], dict[str, frozenset[int]]]]:
    """Each path's pattern and, by method, the statuses it may answer with."""
    found = []
    for path, operations in own_document()["paths"].items():
        pattern = re.sub(r"{(entity|order|token)}", "(?s:.+)", path)
        pattern = re.sub(r"{\w+}", "[^/]+", pattern)
        by_method = {
            method.upper(): frozenset(map(int, operation["responses"]))
            for method, operation in operations.items()
        }
        found.append((re.compile(pattern), by_method))
    return sorted(found, key=lambda pair: -len(pair[0].pattern))


def check_documented(method: str, path: str, status: int) -> None:
    """Refuse an answer that the document does not name.

    path: without its query.
    """
    if status in UNTOLD:
        return
    fits = [told for pattern, told in _statuses() if pattern.fullmatch(path) and method in told]
    if fits:
        assert any(status in told[method] for told in fits), (
            f"{method} {path} answered {status}; its document names {sorted(fits[0][method])}"
        )
