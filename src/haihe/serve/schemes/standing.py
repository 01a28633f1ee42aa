"""The place where everybody's standing is kept between two requests."""

import asyncio
from dataclasses import dataclass, field

from haihe.decide.grants.standing import Standing


@dataclass
class Current:
    """The newest standing; brought up to date when somebody asks, by what has changed since."""

    standing: Standing | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
