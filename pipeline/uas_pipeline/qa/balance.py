"""Counters that keep questions balanced: answers, positions, kinds and aspects.

Every choice goes to what was used least, so nothing can be guessed from how often it is right.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

T = TypeVar("T")

_SLACK = 2  # the first answers are not weighed
OVER = 1.1  # a value that is used so much more than its due waits
_NO_RATHER = 0.6  # how often a value waiting for its "no" is asked about, where one waits for "yes"
_DRAWS = 12  # values that a wrong one is looked for among


class AnswerBalance:
    """How often each value of an aspect was the answer.

    ``absent`` is the answer where there is nothing to ask about; it may take ``absent_share`` of
    the answers, the other values share the rest evenly. Values that are not named are one.
    """

    def __init__(self, values: Iterable[str], absent: str | None, absent_share: float) -> None:
        self._absent = absent
        self._used: dict[str, int] = dict.fromkeys(values, 0)
        self._values = max(len(self._used) - (absent in self._used), 1)
        self._absent_odds = absent_share / (1 - absent_share)
        # Kept as answers are counted: every question asks for the usage of every aspect.
        self._present, self._due, self._absent_due = 0, 1.0, 1.0

    def usage(self, value: str) -> float:
        """How often ``value`` was the answer, relative to its due; 1 at the start."""
        due = self._absent_due if value == self._absent else self._due
        return (self._used.get(value, self._present) + 1) / due

    def is_over(self, value: str) -> bool:
        """Whether ``value`` was the answer clearly more often than its due."""
        used = self._used.get(value, self._present)
        due = self._absent_due if value == self._absent else self._due
        return used > _SLACK and used + 1 > due * OVER

    def count(self, value: str) -> None:
        """Count an answer."""
        if value in self._used:
            self._used[value] += 1
        if value != self._absent:
            self._present += 1
            self._due = self._present / self._values + 1
            self._absent_due = self._present * self._absent_odds + 1


class YesNoBalance:
    """Yes and no in turn for each value."""

    def __init__(self) -> None:
        self._order: list[str] = []  # values whose last answer was yes: only these may be denied
        self._places: dict[str, int] = {}  # where each is in that list

    def ask(
        self, true: Iterable[str], told: Collection[str], rng: Random
    ) -> tuple[str, bool] | None:
        """Value to ask about and whether it is true; None when any question would tip the balance.

        ``true`` are the values that hold, ``told`` all that must not be asked about with "no".
        """
        wanting_yes = [value for value in true if value not in self._places]
        if self._order and (not wanting_yes or rng.random() < _NO_RATHER):
            denied = self._drawn(told, rng)
            if denied is not None:
                self._remove(denied)
                return denied, False
        if not wanting_yes:
            return None
        value = drawn(wanting_yes, rng)
        self._places[value] = len(self._order)
        self._order.append(value)
        return value, True

    def is_shut(self, value: str, absent: str | None) -> bool:
        """Whether a clip with this one value can be asked nothing; ``absent`` is never asked."""
        asked = value in self._places
        return (asked or value == absent) and len(self._order) == asked

    def _drawn(self, told: Collection[str], rng: Random) -> str | None:
        for _ in range(_DRAWS):
            value = drawn(self._order, rng)
            if value not in told:
                return value
        return next((value for value in self._order if value not in told), None)

    def _remove(self, value: str) -> None:
        """Put the last value of the list in the place of this one."""
        place, last = self._places.pop(value), self._order.pop()
        if last != value:
            self._order[place] = last
            self._places[last] = place


@dataclass
class Burden:
    """How often a value was a wrong choice, as the share of its place, less how often right."""

    weight: float = 0.0


class ChoiceBalance:
    """Wrong choices that are right elsewhere as often.

    ``absent`` is the burden of the answer where there is nothing: one for all texts where only
    those without a voice have it.
    """

    def __init__(self, absent: Burden) -> None:
        self._weights: dict[str, float] = defaultdict(float)
        self._absent = absent

    def wants_absent(self, rng: Random) -> bool:
        """Whether the answer where there is nothing should be among the wrong choices."""
        return self._absent.weight < rng.random() - 0.5

    def lightest(self, wrong: Sequence[str], count: int, rng: Random) -> list[str]:
        """At most ``count`` of the wrong values: those that were wrong too seldom."""
        if len(wrong) <= count:
            return list(wrong)
        weights = self._weights
        order = [(weights[value] + rng.random() / 2, value) for value in wrong]
        order.sort()
        return [value for _, value in order[:count]]

    def count(self, right: str, wrong: Sequence[str], absent: str | None) -> None:
        """Count a question by its right and its wrong choices."""
        self._add(right, -1.0, absent)
        for value in wrong:
            self._add(value, 1 / len(wrong), absent)

    def _add(self, value: str, weight: float, absent: str | None) -> None:
        if value == absent:
            self._absent.weight += weight
        else:
            self._weights[value] += weight


class Positions:
    """Positions of right choices in turn, for each number of choices."""

    def __init__(self) -> None:
        self._left: dict[int, list[int]] = {}  # of the round that is going on

    def next(self, count: int, rng: Random) -> int:
        """Where the right one among ``count`` choices goes."""
        left = self._left.get(count)
        if not left:
            left = self._left[count] = shuffled(range(count), rng)
        return left.pop()


def drawn(items: Sequence[T], rng: Random) -> T:
    """One of the items, drawn evenly; one alone takes nothing from the generator."""
    return items[0] if len(items) == 1 else items[int(rng.random() * len(items))]


def drawn_few(items: Sequence[T], count: int, rng: Random) -> Sequence[T]:
    """At most ``count`` different items, each as likely; all of them where they are few."""
    if len(items) <= count:
        return items
    size = len(items)
    return list(dict.fromkeys([items[int(rng.random() * size)] for _ in range(count)]))


def shuffled(items: Sequence[T], rng: Random) -> list[T]:
    """The items in random order."""
    order = list(items)
    for place in range(len(order) - 1, 0, -1):
        other = int(rng.random() * (place + 1))
        order[place], order[other] = order[other], order[place]
    return order
