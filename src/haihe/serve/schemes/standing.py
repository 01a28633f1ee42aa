"""The place where everybody's standing is kept between two requests."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from haihe.decide.grants.standing import Standing
from haihe.serve.schemes.pasts import Pasts

READINGS_MAX: Final = 2  # Ours: each may take a gigabyte for a while.


@dataclass
class Current:
    """The newest standing; brought up to date when somebody asks, by what has changed since.

    pasts: what was known on days that were asked about.
    readings: how many files of policies are read at once, each by a program of its own.
    """

    standing: Standing | None = None
    pasts: Pasts = field(default_factory=Pasts)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    readings: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(READINGS_MAX))
