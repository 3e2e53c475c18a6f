"""No stage waits for a place that a stage after it holds."""

from itertools import pairwise
from operator import pos

from hypothesis import given
from hypothesis import strategies as st

from uas_pipeline.executor.pools import Room, first_workers, groups
from uas_pipeline.executor.protocol import Resources, Stage

_RESOURCES = st.builds(
    Resources,
    cpus=st.integers(0, 12).map(lambda quarters: quarters / 4),
    gpus=st.sampled_from([0.0, 0.1, 0.25, 1.0]),
    workers=st.none() | st.integers(1, 6),
)
_STAGES = st.lists(_RESOURCES, min_size=1, max_size=6)
_ROOM = st.builds(Room, cpus=st.integers(0, 8).map(float), gpus=st.integers(0, 2).map(float))


def _stages(resources: list[Resources]) -> list[Stage[int]]:
    return [Stage(str(index), lambda: pos, one) for index, one in enumerate(resources)]


@given(_STAGES, _ROOM)
def test_what_is_started_together_fits_together(resources: list[Resources], room: Room) -> None:
    stages = _stages(resources)
    found = groups(stages, room)
    assert [stage for group in found for stage in group] == stages
    for group in found:
        counts = first_workers(group, room)
        started = [
            stage.resources
            for stage, count in zip(group, counts, strict=True)
            for _ in range(count)
        ]
        assert all(
            1 <= count <= (stage.resources.workers or 1)
            for stage, count in zip(group, counts, strict=True)
        )
        assert room.holds(started) or len(started) == 1


@given(_STAGES, _ROOM)
def test_no_more_runs_than_needed(resources: list[Resources], room: Room) -> None:
    found = groups(_stages(resources), room)
    for group, following in pairwise(found):
        assert not room.holds([stage.resources for stage in (*group, following[0])])


def test_a_place_left_goes_to_a_step_that_wants_it() -> None:
    stages = _stages([Resources(workers=3), Resources(workers=8), Resources()])
    assert first_workers(stages, Room(cpus=8, gpus=0)) == [3, 4, 1]


def test_shares_of_a_gpu_fill_it() -> None:
    stages = _stages([Resources(cpus=0, gpus=0.1, workers=10)])
    assert first_workers(stages, Room(cpus=1, gpus=1)) == [10]
