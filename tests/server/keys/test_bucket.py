"""A bucket lets through what it promises, whatever the moments at which it is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uas_server.keys.bucket import TokenBucket

COUNTS = st.integers(1, 600)
STEPS = st.lists(st.floats(0, 20), min_size=1, max_size=60)
SLACK = 1e-6


def moments(steps: list[float]) -> list[float]:
    now, found = 0.0, []
    for step in steps:
        now += step
        found.append(now)
    return found


@given(COUNTS, STEPS)
def test_no_stretch_of_time_sees_more_than_a_full_bucket_and_its_refill(count, steps):
    bucket = TokenBucket.per_minute(count, 0.0)
    taken = [now for now in moments(steps) if bucket.take(now) == 0.0]
    for first, began in enumerate(taken):
        for last, ended in enumerate(taken[first:], first):
            assert last - first + 1 <= count + (ended - began) * count / 60 + SLACK


@given(COUNTS, STEPS)
def test_who_waits_as_long_as_told_is_let_through(count, steps):
    bucket = TokenBucket.per_minute(count, 0.0)
    for now in moments(steps):
        wait_s = bucket.take(now)
        if wait_s:
            assert bucket.take(now + wait_s + SLACK) == 0.0
            break


@given(COUNTS, st.integers(1, 200))
def test_an_even_pace_within_the_rate_is_never_refused(count, requests):
    bucket = TokenBucket.per_minute(count, 0.0)
    assert all(bucket.take(number * 60 / count) == 0.0 for number in range(requests))


@given(COUNTS, st.floats(0, 1e6))
def test_a_clock_that_goes_back_gives_nothing(count, now):
    bucket = TokenBucket.per_minute(count, now)
    taken = sum(bucket.take(now - number) == 0.0 for number in range(count + 5))
    assert taken == count


def test_a_refusal_takes_nothing():
    bucket = TokenBucket.per_minute(60, 0.0)
    assert [bucket.take(0.0) for _ in range(60)] == [0.0] * 60
    assert [bucket.take(0.5) for _ in range(9)] == [pytest.approx(0.5)] * 9
    assert bucket.take(1.0) == 0.0
