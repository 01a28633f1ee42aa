"""Messages between vehicles and roadside: byte for byte, and how fast."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from bench.rows import HIGHER, LOWER, Options, Row
from bench.traffic_parts.maps import each
from haihe.feed.v2x.csae53 import MESSAGE

BENCH: Final = "traffic"
FILES: Final = "messages*.json"
ROUNDS: Final = 5
AT_ONCE: Final = 20_000
GOAL: Final = 50_000.0


def measure(options: Options) -> list[Row]:
    """Rows of the codec; none where there is no record."""
    return each(options, "v2x_cn", measure=_measured)


def _measured(options: Options, where: Path) -> list[Row]:
    told = {
        f"{path.name} {name}": one
        for path in sorted(where.glob(FILES))
        for name, one in json.loads(path.read_bytes()).items()
    }
    options.say(f"traffic: {len(told)} recorded messages, both ways")
    wrong = 0
    for one in told.values():
        data = bytes.fromhex(one["uper_hex"])
        wrong += MESSAGE.encode(MESSAGE.decode(data)) != data
    data = next(bytes.fromhex(e["uper_hex"]) for e in told.values() if e["frame"] == "bsmFrame")
    message = MESSAGE.decode(data)
    count = AT_ONCE // 10 if options.quick else AT_ONCE
    return [
        Row(BENCH, "V2X", "recorded messages that do not come back byte for byte", "messages",
            float(wrong), 0.0, LOWER),
        Row(BENCH, "V2X", "BSM decoded, a CPU second", "messages/s",
            _rate(MESSAGE.decode, data, count=count), GOAL, HIGHER),
        Row(BENCH, "V2X", "BSM encoded, a CPU second", "messages/s",
            _rate(MESSAGE.encode, message, count=count), GOAL, HIGHER),
    ]  # fmt: skip


def _rate(work: Callable[[Any], object], value: object, *, count: int) -> float:
    """The best of some rounds: what other jobs add is not ours."""
    best = 0.0
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(count):
            work(value)
        best = max(best, count / (time.process_time() - began))
    return best
