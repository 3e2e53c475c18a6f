"""Workers give results in order, and hand on what fails, in one process and in several."""

import pytest

from uas_pipeline.simulate.progress import Silent
from uas_pipeline.simulate.workers import Workers


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_the_order_of_the_items(jobs: int) -> None:
    items = list(range(-20, 20))
    assert list(Workers(jobs, Silent()).each(abs, items, "numbers")) == [abs(n) for n in items]


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_fails_is_raised_here(jobs: int) -> None:
    results = Workers(jobs, Silent()).each(int, ["1", "two", "3"], "numbers")
    assert next(results) == 1
    with pytest.raises(ValueError, match="'two'"):
        next(results)
