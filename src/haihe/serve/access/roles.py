"""Roles, and what each of them may: the one table that routes and verbs are looked up in."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeAlias

from haihe.model.line import Verb


class Role(StrEnum):
    """What a caller is."""

    VIEWER = "viewer"  # Sees.
    OFFICER = "officer"  # 值班员: sees, and acts on cases, orders and shelves.
    DISPATCHER = "dispatcher"  # 调度员: sees, and acts on cases and orders.
    CREW = "crew"  # 现场人员: sees what is out there; accepts, handles and reports orders.
    ENGINEER = "engineer"  # Sees, changes rules and streams, releases what was set aside.
    ENTERPRISE = "enterprise"  # 企业用户: sees what is its own, and who looked; does its orders.
    AUDITOR = "auditor"  # 审计员: sees all and who looked at what; changes nothing.
    ADMIN = "admin"  # All of it.
    SOURCE = "source"  # A device or gateway: sends records, nothing else.


Roles: TypeAlias = frozenset[Role]
ANYONE: Final[Roles] = frozenset()  # Also who has not signed in.
EVERYONE: Final[Roles] = frozenset(Role)
READERS: Final[Roles] = frozenset(
    {Role.VIEWER, Role.OFFICER, Role.DISPATCHER, Role.ENGINEER, Role.AUDITOR, Role.ADMIN}
)
READERS_AND_CREW: Final[Roles] = READERS | {Role.CREW}
READERS_AND_OWNERS: Final[Roles] = READERS_AND_CREW | {Role.ENTERPRISE}  # Each within their sight.
ACTING: Final[Roles] = frozenset({Role.OFFICER, Role.DISPATCHER, Role.ADMIN})
ACTING_ON_ORDERS: Final[Roles] = ACTING | {Role.CREW, Role.ENTERPRISE}
ACTING_ON_PROOF: Final[Roles] = frozenset({Role.OFFICER, Role.ADMIN})  # In evidence's place.
OWNERS: Final[Roles] = frozenset({Role.ENTERPRISE})
ACTING_ON_RULES: Final[Roles] = frozenset({Role.OFFICER, Role.ENGINEER, Role.ADMIN})
ENGINEERS: Final[Roles] = frozenset({Role.ENGINEER, Role.ADMIN})
SENDERS: Final[Roles] = frozenset({Role.SOURCE, Role.ENGINEER, Role.ADMIN})
APPLYING: Final[Roles] = ACTING | {Role.ENTERPRISE}  # An enterprise for itself.
OVERSEERS: Final[Roles] = frozenset({Role.AUDITOR, Role.ADMIN})
OWN_ACCESS: Final[Roles] = OVERSEERS | {Role.ENTERPRISE}
ADMINS: Final[Roles] = frozenset({Role.ADMIN})

# Verbs that fewer may than may call the route they come in by.
VERBS: Final[Mapping[Verb, Roles]] = {
    Verb.VERIFY: ACTING,
    Verb.SEND_BACK: ACTING,
    Verb.CANCEL: ACTING,
    Verb.OVERRIDE: ACTING_ON_PROOF,
    Verb.SHADOW: ENGINEERS,
    Verb.UNSHADOW: ENGINEERS,
    Verb.PROPOSE: ENGINEERS,
    Verb.AGREE: ENGINEERS,
    Verb.DECLINE: ENGINEERS,
    Verb.STEP_BACK: ENGINEERS,
}
# What a token may be that is no person's: what it does, nobody is asked about.
SERVICES: Final[Roles] = frozenset({Role.SOURCE, Role.VIEWER, Role.AUDITOR, Role.ENTERPRISE})
