"""Answers shared for a moment: large ones once for all, small ones new for each."""

import asyncio

from haihe.serve.shared import KEPT_MOST, Shared

LARGE, SMALL = 1_000, 1


class Kitchen:
    """Makes answers, and counts them."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.made = 0

    async def make(self) -> int:
        self.made += 1
        await asyncio.sleep(0)
        return self.size


def test_a_large_answer_is_made_once_for_all_who_ask_meanwhile() -> None:
    async def ask() -> int:
        kitchen, shared = Kitchen(LARGE), Shared[int](lambda size: size > 10, kept_s=60.0)
        await shared.get("a", kitchen.make)
        await asyncio.gather(*(shared.get("a", kitchen.make) for _ in range(50)))
        await shared.get("b", kitchen.make)  # Somebody who sees something else.
        return kitchen.made

    assert asyncio.run(ask()) == 2


def test_when_it_is_old_one_makes_it_anew_and_the_others_wait_for_it() -> None:
    async def ask() -> int:
        kitchen, shared = Kitchen(LARGE), Shared[int](lambda size: size > 10, kept_s=0.0)
        await shared.get("a", kitchen.make)
        shared._kept_s = 60.0
        await asyncio.gather(*(shared.get("a", kitchen.make) for _ in range(50)))
        return kitchen.made

    assert asyncio.run(ask()) == 2


def test_a_small_answer_is_made_for_each_so_that_nobody_sees_an_old_one() -> None:
    async def ask() -> int:
        kitchen, shared = Kitchen(SMALL), Shared[int](lambda size: size > 10, kept_s=60.0)
        for _ in range(3):
            await shared.get("a", kitchen.make)
        return kitchen.made

    assert asyncio.run(ask()) == 3


def test_more_views_than_people_look_at_are_not_kept() -> None:
    async def ask() -> int:
        kitchen, shared = Kitchen(LARGE), Shared[int](lambda size: size > 10, kept_s=60.0)
        for key in range(3 * KEPT_MOST):
            await shared.get(key, kitchen.make)
        return len(shared._kept)

    assert asyncio.run(ask()) <= KEPT_MOST
