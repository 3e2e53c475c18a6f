"""Slots go to the urgent first, in the order of asking, and none is lost to who leaves."""

import asyncio
import random

from uas_server.turns import Turns


async def test_a_slot_that_falls_free_goes_to_the_urgent():
    turns, order, gate = Turns(1), [], asyncio.Event()

    async def take(name: str, *, urgent: bool) -> None:
        async with turns.hold(urgent=urgent):
            order.append(name)
            await gate.wait()

    tasks = []
    for name, urgent in (("job 1", False), ("job 2", False), ("a", True), ("b", True)):
        tasks.append(asyncio.create_task(take(name, urgent=urgent)))
        await asyncio.sleep(0)
    assert order == ["job 1"]
    gate.set()
    await asyncio.gather(*tasks)
    assert order == ["job 1", "a", "b", "job 2"]


async def test_whoever_leaves_at_whatever_moment_loses_no_slot():
    dice = random.Random(1)
    turns, holding, most = Turns(3), 0, 0

    async def take() -> None:
        nonlocal holding, most
        async with turns.hold(urgent=dice.random() < 0.5):
            holding += 1
            most = max(most, holding)
            try:
                for _ in range(dice.randrange(4)):
                    await asyncio.sleep(0)
            finally:
                holding -= 1

    tasks = []
    for _ in range(2_000):
        tasks.append(asyncio.create_task(take()))
        if dice.random() < 0.5:
            dice.choice(tasks[-20:]).cancel()
        if dice.random() < 0.7:
            await asyncio.sleep(0)
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (holding, most) == (0, 3)
    async with asyncio.timeout(1), turns.hold(urgent=False), turns.hold(urgent=False):
        await asyncio.create_task(take())
