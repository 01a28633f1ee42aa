"""One single-record request, the same for every server."""

import random
import time
from typing import Final

ZONES: Final = 1_000  # Ours: a zone's whole gallery.
HEAD: Final = (
    b"POST %s HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    b"content-length: %d\r\n\r\n%s"
)


def request(path: bytes, number: int) -> bytes:
    """One station's reading of the air right now, as a request."""
    chance = random.Random(number)
    body = (
        b'{"entity":"zone/%d","observed_at":%d,"methane":%.2f,"oxygen":%.2f,"h2s":%.2f,'
        b'"co":%.2f,"temperature":%.2f,"humidity":%.2f}'
    ) % (
        number % ZONES,
        time.time_ns() // 1_000_000,
        chance.uniform(0, 2),
        chance.uniform(20.5, 21),
        chance.uniform(0, 1),
        chance.uniform(0, 2),
        chance.uniform(15, 25),
        chance.uniform(40, 60),
    )
    return HEAD % (path, len(body), body)
