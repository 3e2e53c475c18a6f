"""A breaker opens after failures in a row, lets one request try, and forgets what is stale."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from uas_server.engine.remote.breaker import Breaker

FAILURES, REST_S, MOST_REST_S = 3, 2.0, 12.0


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def breaker() -> tuple[Breaker, Clock]:
    clock = Clock()
    return Breaker(FAILURES, REST_S, MOST_REST_S, clock), clock


def fail(subject: Breaker, times: int = FAILURES) -> None:
    for _ in range(times):
        subject.failed(subject.begin())


def test_failures_in_a_row_open_it_and_a_success_between_does_not_count() -> None:
    subject, _ = breaker()
    fail(subject, 2)
    subject.succeeded(subject.begin())
    fail(subject, 2)
    assert subject.state == "closed"
    fail(subject, 1)
    assert (subject.state, subject.allows) == ("open", False)


def test_after_its_rest_one_request_may_try() -> None:
    subject, clock = breaker()
    fail(subject)
    clock.now += REST_S
    assert (subject.state, subject.allows) == ("half_open", True)
    began = subject.begin()
    assert not subject.allows
    subject.succeeded(began)
    assert (subject.state, subject.allows) == ("closed", True)


def test_every_relapse_doubles_the_rest_up_to_the_longest() -> None:
    subject, clock = breaker()
    fail(subject)
    for rest_s in (2.0, 4.0, 8.0, 12.0, 12.0):
        clock.now += rest_s - 0.01
        assert subject.state == "open"
        clock.now += 0.01
        assert subject.state == "half_open"
        fail(subject, 1)


def test_a_trial_that_was_given_up_leaves_room_for_another() -> None:
    subject, clock = breaker()
    fail(subject)
    clock.now += REST_S
    subject.unknown(subject.begin())
    assert subject.allows


def test_a_look_ends_the_rest_and_a_failed_one_prolongs_it() -> None:
    subject, clock = breaker()
    fail(subject)
    subject.seen(alive=True)
    assert subject.state == "half_open"
    subject.seen(alive=False)
    assert subject.state == "open"
    clock.now += REST_S
    assert subject.state == "half_open"
    for _ in range(FAILURES):
        breaker_in_use, _ = subject, subject.seen(alive=False)
    assert breaker_in_use.state == "open"


def test_requests_that_began_before_say_nothing_about_the_trial() -> None:
    subject, clock = breaker()
    old = [subject.begin() for _ in range(5)]
    fail(subject)
    subject.failed(old[0])
    clock.now += REST_S
    began = subject.begin()
    subject.failed(old[1])
    subject.succeeded(old[2])
    subject.unknown(old[3])
    assert (subject.state, subject.allows) == ("half_open", False)
    subject.succeeded(began)
    subject.failed(old[4])
    assert subject.state == "closed"


class Life(RuleBasedStateMachine):
    """Whatever happens in whatever order: at most one trial, and never stuck for good."""

    def __init__(self) -> None:
        super().__init__()
        self.subject, self.clock = breaker()
        self.running: list[int] = []
        self.trials: list[int] = []

    @rule()
    def begin(self) -> None:
        if self.subject.allows:
            trial = self.subject.state == "half_open"
            began = self.subject.begin()
            (self.trials if trial else self.running).append(began)

    @rule(data=st.data(), how=st.sampled_from(["succeeded", "failed", "unknown"]))
    def end(self, data: st.DataObject, how: str) -> None:
        for kind in (self.trials, self.running):
            if kind and data.draw(st.booleans()):
                began = kind.pop(data.draw(st.integers(0, len(kind) - 1)))
                getattr(self.subject, how)(began)

    @rule(seconds=st.floats(0, 30))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @rule(alive=st.booleans())
    def look(self, alive: bool) -> None:
        self.subject.seen(alive=alive)

    @invariant()
    def at_most_one_trial(self) -> None:
        if self.subject.state == "half_open":
            assert self.subject.allows == (not self.trials)
        assert len(self.trials) <= 1

    def teardown(self) -> None:
        for began in (*self.trials, *self.running):
            self.subject.unknown(began)
        self.clock.now += MOST_REST_S
        assert self.subject.allows


TestLife = Life.TestCase
