"""How the server of the zone tells a drill's server who calls: nobody signs in there."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from typing import Final

import msgspec
from starlette.types import Scope

from haihe.serve.access import Access, Caller, Grant
from haihe.serve.access.caller import caller_of
from haihe.serve.access.door import unknown_caller
from haihe.serve.settings import Settings

HEADER: Final = "x-haihe-vouched"


class Vouched(msgspec.Struct, frozen=True):
    """Who calls, on the word of who knows the secret of this drill."""

    secret: str
    name: str
    grant: Grant
    is_local: bool


def vouch(caller: Caller, secret: str) -> str:
    """The header's value for a caller."""
    grant = Grant(tuple(sorted(caller.roles)), caller.packs, caller.areas, caller.owner)
    told = Vouched(secret, caller.name, grant, caller.is_local)
    return urlsafe_b64encode(msgspec.json.encode(told)).decode()


class VouchedAccess(Access):
    """A door that opens to whom the zone's own server vouches for, and to nobody else."""

    def __init__(self, settings: Settings, folder: Path, *, secret: str) -> None:
        """Take the word of who knows the secret."""
        super().__init__(settings, folder)
        self._secret = secret

    def caller(self, scope: Scope, *, touch: bool = True) -> Caller:  # noqa: ARG002
        """Who calls, as the zone's server says.

        Raises Problem if nobody vouches.
        """
        heads: dict[bytes, bytes] = dict(scope["headers"])
        try:
            data = urlsafe_b64decode(heads.get(HEADER.encode(), b""))
            told = msgspec.json.decode(data, type=Vouched)
        except (ValueError, msgspec.DecodeError) as error:
            raise unknown_caller("a drill is entered through the server of its zone.") from error
        if not hmac.compare_digest(told.secret.encode(), self._secret.encode()):
            raise unknown_caller("a drill is entered through the server of its zone.")
        found = caller_of(told.name, told.grant)
        return Caller(
            name=found.name, roles=found.roles, packs=found.packs, areas=found.areas,
            owner=found.owner, is_local=told.is_local,
        )  # fmt: skip

    def check_site(self, scope: Scope, heads: dict[bytes, bytes]) -> None:
        """Nothing: the zone's server has looked already."""
