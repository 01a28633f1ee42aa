"""Every look at an enterprise's data is in the log before it is answered."""

import asyncio
from collections.abc import Collection
from typing import Any, Final

import numpy as np

from haihe.model.record import Rows
from haihe.run.appending import Arrival
from haihe.run.house import ACCESS
from haihe.serve.calling import Asked
from haihe.serve.sight import enterprise, owners_of

MANY: Final = 1_000  # Ours: looking up more takes longer than others should wait.


async def note_read(asked: Asked[Any, Any], *, subject: str, entities: Collection[str]) -> None:
    """Put into the log that somebody reads enterprises' data, before they get it.

    subject: what they read.
    entities: whose data it holds.
    """
    platform = asked.platform
    if len(entities) > MANY:
        owners = await asyncio.to_thread(owners_of, platform.node, tuple(entities))
    else:
        owners = owners_of(platform.node, entities)
    if not owners:
        return
    route = f"{asked.scope['method']} {asked.scope['path']}"
    told = {"person": asked.caller.name, "route": route, "subject": subject}
    rows = Rows(
        stream=ACCESS.name,
        ids=tuple(map(enterprise, owners)),
        codes=np.arange(len(owners), dtype=np.int32),
        observed_at=np.full(len(owners), platform.moments.next(), dtype=np.int64),
        numbers={},
        texts={name: np.array([text] * len(owners), dtype=object) for name, text in told.items()},
    )
    await platform.answers.of(platform.node.submit(Arrival(rows)))
