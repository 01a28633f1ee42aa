"""A measurement in a process of its own: nothing of the others in its memory, on chosen cores."""

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

R = TypeVar("R")


def apart(work: Callable[..., R], *arguments: Any, one_core: bool = False) -> R:
    """What the work gives when a fresh process does it.

    work: a function of a module; its arguments and result can be pickled.
    one_core: whether the process may use one core only, all its threads together.
    """
    fresh = multiprocessing.get_context("spawn")
    begin = _keep_to_one_core if one_core else None
    with ProcessPoolExecutor(1, mp_context=fresh, initializer=begin) as pool:
        return pool.submit(work, *arguments).result()


def _keep_to_one_core() -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
