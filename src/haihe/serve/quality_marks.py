"""质量标记 over HTTP: what is known of a pack's quality, and finding it out anew."""

from typing import Any, Final

from haihe.serve.access import ENGINEERS, READERS
from haihe.serve.calling import Asked, Operation, Reply
from haihe.serve.checking import ChecksShown
from haihe.serve.kinds import Nothing
from haihe.serve.problem import unknown


async def show_check(asked: Asked[Nothing, None]) -> ChecksShown:
    """The marks of the last check, if there was one."""
    return asked.platform.checks.shown(_pack(asked))


async def begin_check(asked: Asked[Nothing, None]) -> Reply:
    """Begin to find out; ask again for what came of it."""
    platform, name = asked.platform, _pack(asked)
    platform.checks.begin(name, now=platform.moments.next())
    return Reply(platform.checks.shown(name), 202)


def _pack(asked: Asked[Any, None]) -> str:
    """The pack a request names.

    Raises Problem if there is none that the caller may see.
    """
    name = asked.path["pack"]
    known = {pack.name for pack in asked.platform.node.engine.packs}
    if name not in known or not asked.caller.sees(name):
        raise unknown(f"there is no pack '{name}'.", what_to_do="GET /api/v1/packs lists them.")
    return name


CHECKS: Final = (
    Operation(
        "GET", "/packs/{pack}/check", READERS, "The quality marks of a pack",
        show_check, answer=ChecksShown,
    ),
    Operation(
        "POST", "/packs/{pack}/check", ENGINEERS, "Find the quality marks of a pack anew",
        begin_check, answer=ChecksShown, good=(202,),
    ),
)  # fmt: skip
