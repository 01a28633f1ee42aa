"""Accounts and tokens in memory, read again when the file changes."""

import time
from typing import Final

from haihe.errors import LogUnavailable
from haihe.serve.access.accounts import has_local
from haihe.serve.access.caller import Caller, caller_of, within
from haihe.serve.access.store import Account, Kept, Store, Token

LOOK_EVERY_S: Final = 1.0  # How late what another process changed may be seen.


class Book:
    """Who is known now; nobody, if the file cannot be read."""

    def __init__(self, store: Store) -> None:
        """Read a store."""
        self._store = store
        self._looked_s = float("-inf")
        self._generation = -1
        self._is_closed = False
        self._bearers: dict[bytes, tuple[Token, Caller]] = {}
        self.kept = Kept({}, {}, {})

    @property
    def generation(self) -> int:
        """What changes with every change of accounts and tokens."""
        return self._generation

    def is_empty(self) -> bool:
        """Whether there is neither an account nor a token, not even one that ended."""
        return not self.kept.accounts and not self.kept.tokens and not self._is_closed

    def has_accounts(self) -> bool:
        """Whether the first account was made, or nobody can say; a provider's do not count."""
        return has_local(self.kept) or self._is_closed

    def bearer(self, sha256: bytes, *, now: int) -> tuple[Token, Caller] | None:
        """The token in force of that hash, and who has it; None if there is none."""
        found = self._bearers.get(sha256)
        return found if found is not None and found[0].expires_at > now else None

    def account(self, key: str) -> Account | None:
        """An account, disabled or not; None if there is none."""
        return self.kept.accounts.get(key)

    def look(self) -> None:
        """Read again if something changed; once a second at most."""
        now_s = time.monotonic()
        if now_s - self._looked_s >= LOOK_EVERY_S:
            self.look_again()

    def look_again(self) -> None:
        """Read again if something changed, however short ago that was done."""
        self._looked_s = time.monotonic()
        try:
            generation = self._store.generation()
            if generation == self._generation:
                self._is_closed = False
                return
            self.kept = self._store.kept()
        except LogUnavailable:
            self._is_closed = True
            self._bearers, self._generation = {}, -1
            return
        self._generation, self._is_closed = generation, False
        self._bearers = {
            bytes.fromhex(token.sha256): (token, bearer)
            for token in self.kept.tokens.values()
            if (bearer := self._bearer_of(token)) is not None
        }

    def _bearer_of(self, token: Token) -> Caller | None:
        """Who has a token; None while its account is disabled or may none of it."""
        if not token.account:
            return caller_of(token.name, token.grant)
        account = self.kept.accounts.get(token.account)
        if account is None or account.is_disabled or account.must_change:
            return None
        grant = within(token.grant, account.grant)
        return caller_of(account.name, grant, account=token.account) if grant else None
