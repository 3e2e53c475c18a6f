"""Whether a back end may be used: not for a while after it failed, then by one trial.

closed      in use; so many failures in a row open it
open        rests; after its time, or when somebody saw it answer, it is half open
half_open   one request may try: success closes it, failure opens it for twice the time

Knows nothing of HTTP; the clock comes from outside.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

State: TypeAlias = Literal["closed", "open", "half_open"]
Clock: TypeAlias = Callable[[], float]

_MOST_RELAPSES = 32  # beyond, the longest rest is long reached


class Breaker:
    """The state of one back end.

    Args:
        failures: in a row that open it.
        rest_s: how long it rests the first time.
        most_rest_s: how long it rests at most.
        clock: seconds, as `time.monotonic`.
    """

    def __init__(self, failures: int, rest_s: float, most_rest_s: float, clock: Clock) -> None:
        self._most_failures = failures
        self._rest_s = rest_s
        self._most_rest_s = most_rest_s
        self._clock = clock
        self._failed = 0
        self._relapses = 0
        self._open_until: float | None = None
        self._on_trial = False
        self._epoch = 0

    @property
    def state(self) -> State:
        """The state at this moment."""
        if self._open_until is None:
            return "closed"
        return "open" if self._clock() < self._open_until else "half_open"

    @property
    def allows(self) -> bool:
        """Whether a request may begin now."""
        state = self.state
        return state == "closed" or (state == "half_open" and not self._on_trial)

    def begin(self) -> int:
        """A request begins; call only when it `allows`.

        Returns what its end is to be told with. The end of a request that began before the state
        last changed tells nothing new, and changes nothing.
        """
        if self.state == "half_open":
            self._on_trial = True
        return self._epoch

    def succeeded(self, began: int) -> None:
        """The back end answered as it should."""
        if began == self._epoch:
            self._failed = 0
            if self._on_trial:
                self._close()

    def failed(self, began: int) -> None:
        """It did not answer, or not as it should."""
        if began == self._epoch:
            self._failed += 1
            if self._on_trial or self._failed >= self._most_failures:
                self._open()

    def unknown(self, began: int) -> None:
        """Nobody waited for the answer, or it says nothing about the back end."""
        if began == self._epoch:
            self._on_trial = False

    def seen(self, *, alive: bool) -> None:
        """Somebody looked at it. One that rests and is alive may be tried at once."""
        state = self.state
        if state == "closed":
            if not alive:
                self.failed(self._epoch)
        elif alive:
            self._open_until = min(self._open_until or 0.0, self._clock())
        elif not self._on_trial:
            self._open_until = self._clock() + self._rest_s

    def _open(self) -> None:
        self._open_until = self._clock() + min(self._rest_s * 2**self._relapses, self._most_rest_s)
        self._relapses = min(self._relapses + 1, _MOST_RELAPSES)
        self._failed = 0
        self._on_trial = False
        self._epoch += 1

    def _close(self) -> None:
        self._open_until = None
        self._relapses = 0
        self._on_trial = False
        self._epoch += 1
