"""Who may come in and what they may: accounts, sessions, tokens, roles and scopes."""

from haihe.serve.access.caller import (
    LOCAL,
    NOBODY,
    Caller,
    Grant,
    check_role,
    check_scope,
    check_verb,
)
from haihe.serve.access.door import COOKIE, Access
from haihe.serve.access.roles import (
    ACTING,
    ACTING_ON_ORDERS,
    ACTING_ON_PROOF,
    ACTING_ON_RULES,
    ADMINS,
    ANYONE,
    APPLYING,
    ENGINEERS,
    EVERYONE,
    OVERSEERS,
    OWN_ACCESS,
    OWNERS,
    READERS,
    READERS_AND_CREW,
    READERS_AND_OWNERS,
    SENDERS,
    Role,
    Roles,
)

__all__ = [
    "ACTING", "ACTING_ON_ORDERS", "ACTING_ON_PROOF", "ACTING_ON_RULES", "ADMINS", "ANYONE",
    "APPLYING", "Access", "COOKIE", "Caller", "ENGINEERS", "EVERYONE", "Grant", "LOCAL", "NOBODY",
    "OVERSEERS", "OWNERS", "OWN_ACCESS", "READERS", "READERS_AND_CREW", "READERS_AND_OWNERS",
    "Role", "Roles", "SENDERS", "check_role", "check_scope", "check_verb",
]  # fmt: skip
