"""Counters that keep questions balanced: answers, positions, kinds and aspects.

Every choice goes to what was used least, so nothing can be guessed from how often it is right.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
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

    def usage(self, value: str) -> float:
        """How often ``value`` was the answer, relative to its due; 1 at the start."""
        present = [count for name, count in self._used.items() if name != self._absent]
        due = sum(present) * self._absent_odds if value == self._absent else _mean(present)
        return (self._used[value] + 1) / (due + 1)

    def is_over(self, value: str) -> bool:
        """Whether ``value`` was the answer clearly more often than its due."""
        return self._used[value] > _SLACK and self.usage(value) > 1 + _SLACK_SHARE

    def count(self, value: str) -> None:
        """Count an answer."""
        self._used[value] += 1


def _mean(counts: Sequence[int]) -> float:
    return sum(counts) / max(len(counts), 1)


class YesNoBalance:
    """Yes and no for each value that is asked about; ``together`` balances all values as one."""

    def __init__(self, *, together: bool = False) -> None:
        self._lead: Counter[str] = Counter()  # yes answers less no answers
        self._together = together

    def ask(
        self, true: Sequence[str], false: Sequence[str], rng: np.random.Generator
    ) -> tuple[str, bool] | None:
        """Value to ask about and whether it is true; None when any question would tip the balance.

        A no question wants a value with more yes answers, a yes question any other.
        """
        wanting_yes = [value for value in true if self._leading(value) <= 0]
        wanting_no = [value for value in false if self._leading(value) > 0]
        if wanting_no and (not wanting_yes or rng.random() < 0.5):
            most = max(self._leading(value) for value in wanting_no)
            return self._take([v for v in wanting_no if self._leading(v) == most], False, rng)
        return self._take(wanting_yes, True, rng) if wanting_yes else None

    def _leading(self, value: str) -> int:
        return self._lead["" if self._together else value]

    def _take(
        self, values: Sequence[str], answer: bool, rng: np.random.Generator
    ) -> tuple[str, bool]:
        value = values[int(rng.integers(len(values)))]
        self._lead["" if self._together else value] += 1 if answer else -1
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
        near: Sequence[str],
        count: int,
        rng: np.random.Generator,
    ) -> tuple[str, ...]:
        """``right`` among at most ``count - 1`` of ``wrong``, near neighbours preferred."""

        def burden(value: str) -> float:
            used = self._wrong[value] / (count - 1) - self._right[value]
            return used - (1.0 if value in near else 0.0) + rng.uniform(0, 0.5)

        chosen = sorted(wrong, key=burden)[: count - 1]
        self._right[right] += 1
        self._wrong.update(chosen)
        order = [chosen[int(index)] for index in rng.permutation(len(chosen))]
        order.insert(self._position(len(order) + 1, rng), right)
        return tuple(order)

    def _position(self, count: int, rng: np.random.Generator) -> int:
        used = self._positions[count]
        least = min(used[position] for position in range(count))
        free = [position for position in range(count) if used[position] == least]
        position = free[int(rng.integers(len(free)))]
        used[position] += 1
        return position


def least_used(
    items: Sequence[T], used: Counter[T], shares: dict[T, float], rng: np.random.Generator
) -> list[T]:
    """Items, those first that were used least for their share; ties in random order."""
    shuffled = [items[int(index)] for index in rng.permutation(len(items))]
    return sorted(shuffled, key=lambda item: used[item] / shares.get(item, 1.0))
