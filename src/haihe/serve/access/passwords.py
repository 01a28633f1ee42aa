"""Passwords: which are good enough, and how they are kept: as argon2id hashes."""

import asyncio
import re
import unicodedata
from collections.abc import Callable
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from haihe.errors import Overloaded
from haihe.serve.settings import Cost

LENGTH_MIN: Final = 15  # NIST SP 800-63B-4, 3.1.1.2: a password that is the only factor.
LENGTH_MAX: Final = 256  # The same: 64 at least must be taken; Ours: more is no password.
LEFT_MIN: Final = 8  # Ours: characters that are no part of what everybody tries first.
KINDS_MIN: Final = 5  # Ours: different characters; "abababababababab" has two.
RUN_MIN: Final = 4  # Ours: characters in a row of the keyboard or alphabet that count as one idea.
# What people take for passwords everywhere, and here (Ours, from what such lists have in common).
COMMON: Final = (
    "correcthorsebatterystaple", "iloveyou", "letmein", "trustno1", "password", "passwort",
    "passwd", "passw0rd", "p@ssw0rd", "contraseña", "motdepasse", "administrator", "admin",
    "welcome", "changeme", "default", "secret", "master", "monkey", "dragon", "football",
    "baseball", "sunshine", "princess", "superman", "batman", "whatever", "login", "guest",
    "root", "test", "user", "hello", "woaini", "mima", "密码", "我爱你", "haihe", "海河", "tianjin",
    "天津", "citybrain",
)  # fmt: skip
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn",
    "01234567890123456789",
)  # fmt: skip
_RUNS: Final = frozenset(
    row[place : place + RUN_MIN]
    for way in _ROWS
    for row in (way, way[::-1])
    for place in range(len(row) - RUN_MIN + 1)
)
AT_ONCE: Final = 2  # Ours: 128 MiB and two cores at most, whoever knocks.
WAITING_MAX: Final = 32  # Ours: some seconds of work; who comes then comes again.
R = TypeVar("R")
_PLAIN: Final = re.compile(r"[\W_]+")


class Passwords:
    """Hashes and compares, few at once: each takes memory and time on purpose."""

    def __init__(self, cost: Cost) -> None:
        """Work at this cost."""
        self._hasher = PasswordHasher(
            time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes
        )
        self._nobody = ""
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """What is kept of a password.

        Raises Overloaded if too many wait.
        """
        return await self._in_turn(self._hash, password)

    async def matches(self, kept: str, password: str) -> bool:
        """Whether it is the password; takes as long where there is none to match.

        kept: what ``hash`` gave; "" for nobody's.
        Raises Overloaded if too many wait.
        """
        return await self._in_turn(self._matches, kept, password)

    async def _in_turn(self, work: Callable[..., R], *arguments: str) -> R:
        if self._waiting >= WAITING_MAX:
            raise Overloaded(f"{self._waiting} others sign in at this moment.", retry_after_s=2)
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(work, *arguments)
        finally:
            self._waiting -= 1

    def _hash(self, password: str) -> str:
        return self._hasher.hash(normal(password))

    def _matches(self, kept: str, password: str) -> bool:
        if not self._nobody:
            self._nobody = self._hash("nobody's")
        try:
            self._hasher.verify(kept or self._nobody, normal(password))
        except (VerificationError, InvalidHashError):
            return False
        return bool(kept)


def hash_now(password: str, cost: Cost) -> str:
    """What is kept of a password, for who waits for nobody else."""
    return Passwords(cost)._hash(password)


def matches_now(kept: str, password: str) -> bool:
    """Whether it is the password, for who waits for nobody else; kept: what ``hash`` gave."""
    return Passwords(Cost())._matches(kept, password)  # The cost stands in the hash.


def normal(password: str) -> str:
    """The password as every keyboard gives it."""
    return unicodedata.normalize("NFKC", password)


def weakness_of(password: str, *, name: str) -> str:
    """Why a password is too easy to guess; "" if it is not.

    name: whose it would be.
    Source: NIST SP 800-63B-4, 3.1.1.2: length and a list of what is common; no composition rules.

    >>> weakness_of("vier blaue Pumpen am Fluss", name="li")
    ''
    """
    text = normal(password)
    if not LENGTH_MIN <= len(text) <= LENGTH_MAX:
        return f"a password has {LENGTH_MIN} to {LENGTH_MAX} characters; a sentence is a good one."
    folded = _PLAIN.sub("", text.casefold())
    if len(set(folded)) < KINDS_MIN:
        return "it repeats a few characters; a sentence of your own is better."
    own = [part for part in _PLAIN.split(name.casefold()) if len(part) > 1]
    left = folded
    for word in sorted((*own, *COMMON), key=len, reverse=True):
        left = left.replace(word, " ")
    if len(_without_runs(left)) < LEFT_MIN:
        return "it is made of words and rows that are tried first, or of the name."
    return ""


def _without_runs(text: str) -> str:
    """What is left without rows of the keyboard and the alphabet, and without repetitions."""
    kept = []
    place = 0
    while place < len(text):
        if text[place : place + RUN_MIN] in _RUNS:
            place += RUN_MIN
            continue
        if text[place] != " " and text[place : place + 1] != text[place - 1 : place]:
            kept.append(text[place])
        place += 1
    return "".join(kept)
