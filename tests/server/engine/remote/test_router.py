"""Requests go to the back end with the least to do among those in use, and no place is lost."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uas_server.engine.errors import EngineBusy, EngineDead
from uas_server.engine.remote.breaker import Breaker
from uas_server.engine.remote.router import Backend, Router, least_loaded

NEVER_S = 3600.0


def backend(number: int, places: int = 2) -> Backend:
    return Backend(number, places, Breaker(1, NEVER_S, NEVER_S, lambda: 0.0))


def rest(resting: Backend) -> None:
    resting.breaker.failed(resting.breaker.begin())


@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.integers(0, 4), st.booleans(), st.integers(0, 9)),
        min_size=1,
        max_size=6,
    ),
    st.sets(st.integers(0, 5)),
)
def test_nobody_with_room_has_less_to_do(
    drawn: list[tuple[int, int, bool, int]], avoid: set[int]
) -> None:
    backends = []
    for number, (places, running, resting, turn) in enumerate(drawn):
        one = backend(number, places)
        one.running, one.last_turn = min(running, places), turn
        if resting:
            rest(one)
        backends.append(one)
    fit = [b for b in backends if b.state == "closed" and b.running < b.places]
    fit = [b for b in fit if b.number not in avoid]
    chosen = least_loaded(backends, avoid)
    assert (chosen is None) == (not fit)
    if chosen is not None:
        assert chosen in fit
        assert all(chosen.load <= other.load for other in fit)


async def test_equal_back_ends_take_turns() -> None:
    router = Router([backend(number) for number in range(3)], NEVER_S)
    seen = []
    for _ in range(6):
        async with router.place() as place:
            seen.append(place.backend.number)
    assert seen == [0, 1, 2, 0, 1, 2]


async def test_who_finds_no_place_waits_for_one() -> None:
    router = Router([backend(0, places=1)], NEVER_S)

    async def work(order: list[int], number: int) -> None:
        async with router.place() as place:
            assert place.backend.running == 1
            order.append(number)
            await asyncio.sleep(0)

    order: list[int] = []
    await asyncio.gather(*(work(order, number) for number in range(20)))
    assert sorted(order) == list(range(20))
    assert router.backends[0].running == 0


async def test_a_wait_that_is_too_long_says_busy_and_nobody_in_use_says_dead() -> None:
    router = Router([backend(0, places=1)], wait_s=0.01)
    async with router.place() as place:
        with pytest.raises(EngineBusy, match="all places of the back ends are taken"):
            async with router.place():
                pass
        place.outcome = "failed"
    with pytest.raises(EngineDead, match="no back end answers"):
        async with router.place():
            pass
    assert not router.in_use


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=40), st.integers(1, 3))
def test_places_are_given_back_whoever_leaves_when(
    steps: list[tuple[int, bool]], places: int
) -> None:
    async def life() -> None:
        router = Router([backend(number, places) for number in range(2)], NEVER_S)
        tasks = []

        async def hold(yields: int) -> None:
            async with router.place():
                for _ in range(yields):
                    await asyncio.sleep(0)

        for yields, leaves in steps:
            task = asyncio.create_task(hold(yields))
            tasks.append(task)
            await asyncio.sleep(0)
            if leaves:
                tasks[yields % len(tasks)].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert [b.running for b in router.backends] == [0, 0]
        counted = sum(sum(b.outcomes.values()) for b in router.backends)
        assert counted <= len(steps)

    asyncio.run(life())
