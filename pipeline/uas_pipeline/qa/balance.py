"""Counters that keep questions balanced: answers, positions, kinds and aspects.

Every choice goes to what was used least, so nothing can be guessed from how often it is right.
"""

from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T", bound=Hashable)

_SLACK = 4  # the first answers are not weighed
_SLACK_SHARE = 0.25  # how far a value may be above its due before it waits


class AnswerBalance:
    """How often each value of an aspect was the answer.

    ``absent`` is the answer where there is nothing to ask about; it may take ``absent_share`` of
    the answers, the other values share the rest evenly.
    """

    def __init__(self, values: Iterable[str], absent: str | None, absent_share: float) -> None:
        self._used: Counter[str] = Counter(dict.fromkeys(values, 0))
        self._absent = absent
        self._absent_odds = absent_share / (1 - absent_share)
        # Kept as answers are counted: every question asks for the usage of every aspect.
        self._present, self._due, self._absent_due = 0, 0.0, 0.0

    def usage(self, value: str) -> float:
        """How often ``value`` was the answer, relative to its due; 1 at the start."""
        due = self._absent_due if value == self._absent else self._due
        return (self._used[value] + 1) / (due + 1)

    def is_over(self, value: str) -> bool:
        """Whether ``value`` was the answer clearly more often than its due."""
        return self._used[value] > _SLACK and self.usage(value) > 1 + _SLACK_SHARE

    def count(self, value: str) -> None:
        """Count an answer."""
        self._used[value] += 1
        if value != self._absent:
            self._present += 1
        values = len(self._used) - (self._absent in self._used)
        self._due = self._present / max(values, 1)
        self._absent_due = self._present * self._absent_odds


class YesNoBalance:
    """Yes and no in turn for each value; ``together`` takes all values as one."""

    def __init__(self, *, together: bool = False) -> None:
        self._together = together
        self._answered_yes: set[str] = set()  # values whose last answer was yes
        self._in_order: list[str] = []  # the same, sorted: every question draws from them

    def answered_yes(self) -> Sequence[str]:
        """Values whose last answer was yes, sorted: only of these may "no" be the next."""
        return self._in_order

    def ask(
        self, true: Sequence[str], false: Callable[[], Sequence[str]], rng: np.random.Generator
    ) -> tuple[str, bool] | None:
        """Value to ask about and whether it is true; None when any question would tip the balance.

        ``false`` gives values that are not true, in an order of their own: those
        ``answered_yes``, or any when all are taken as one. It is not called where none is wanted.
        """
        if self._together:
            wanting_yes, wanting_no = ([], false()) if self._answered_yes else (true, [])
        else:
            wanting_yes = [value for value in true if value not in self._answered_yes]
            wanting_no = false() if self._answered_yes else []
        if wanting_no and (not wanting_yes or rng.random() < 0.5):
            return self._take(wanting_no, False, rng)
        return self._take(wanting_yes, True, rng) if wanting_yes else None

    def _take(
        self, values: Sequence[str], answer: bool, rng: np.random.Generator
    ) -> tuple[str, bool]:
        value = drawn(values, rng)
        key = "" if self._together else value
        if answer:
            self._answered_yes.add(key)
            insort(self._in_order, key)
        else:
            self._answered_yes.remove(key)
            self._in_order.remove(key)
        return value, answer


class ChoiceBalance:
    """Wrong choices that are right elsewhere as often, and positions in turn."""

    def __init__(self) -> None:
        self._right: Counter[str] = Counter()
        self._wrong: Counter[str] = Counter()
        self._positions: dict[int, Counter[int]] = defaultdict(Counter)

    def choices(
        self,
        right: str,
        wrong: Sequence[str],
        count: int,
        rng: np.random.Generator,
    ) -> tuple[str, ...]:
        """``right`` among at most ``count - 1`` of ``wrong``."""

        wrongs, rights, others = self._wrong, self._right, count - 1
        burdens = [
            wrongs[value] / others - rights[value] + chance
            for value, chance in zip(wrong, rng.uniform(0, 0.5, len(wrong)).tolist(), strict=True)
        ]
        lightest = sorted(range(len(wrong)), key=burdens.__getitem__)[:others]
        chosen = [wrong[index] for index in lightest]
        self._right[right] += 1
        self._wrong.update(chosen)
        order = shuffled(chosen, rng)
        order.insert(self._position(len(order) + 1, rng), right)
        return tuple(order)

    def _position(self, count: int, rng: np.random.Generator) -> int:
        used = self._positions[count]
        least = min(used[position] for position in range(count))
        free = [position for position in range(count) if used[position] == least]
        position = drawn(free, rng)
        used[position] += 1
        return position


def least_used(
    items: Sequence[T], used: Counter[T], shares: Mapping[T, float], rng: np.random.Generator
) -> list[T]:
    """Items, those first that were used least for their share; ties in random order."""
    if len(items) < 2:
        return list(items)
    return sorted(shuffled(items, rng), key=lambda item: used[item] / shares.get(item, 1.0))


def drawn(items: Sequence[T], rng: np.random.Generator) -> T:
    """One of the items, drawn evenly; one alone takes nothing from the generator."""
    return items[0] if len(items) == 1 else items[int(rng.integers(len(items)))]


def shuffled(items: Sequence[T], rng: np.random.Generator) -> list[T]:
    """The items in the order of ``rng.permutation(len(items))``, which takes twice as long."""
    order = list(items)
    rng.shuffle(order)
    return order
