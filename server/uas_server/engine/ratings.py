"""Which rows of a tree of choices have to be rated before one can be taken. Pure.

Every row costs a request to the model, and most belong to texts that it will not say. The stem, up
to where the texts part, tells which: a text is out of the question when its beginning alone is less
likely than `NEGLIGIBLE` times the best whole text, and so is all of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from uas_model.runner.trie import TokenTrie

NEGLIGIBLE = 1e-3
"""Of the best text's probability. What is left out can be no choice, and moves no probability by
more than this."""

LOWEST = -1e9
"""Stands for a log-probability that is minus infinity or no number, so that sums stay ordered."""


class Ratings:
    """What is known of one tree. Rate the rows that `wanted` names until it names none.

    `temperature` is that of the draw among the paths, 0 for none: a high one makes more of them
    likely enough to matter.
    """

    def __init__(self, trie: TokenTrie, temperature: float = 0.0) -> None:
        self._trie = trie
        self._margin = -math.log(NEGLIGIBLE) * max(1.0, temperature)
        self._rated: dict[int, Mapping[int, float]] = {}
        self._stem = set.intersection(*map(set, trie.steps))
        # Where all go the same way, what the model thinks of it is nothing to choose by.
        alike = {row for row, tokens in self._following(self._stem).items() if len(tokens) == 1}
        self._stem -= alike
        self._rows = [set(steps) - alike for steps in trie.steps]

    def wanted(self) -> dict[int, tuple[int, ...]]:
        """Rows that have to be rated next, each with the tokens in question there."""
        return self._following(self._open_rows() if self._rated else self._stem)

    def add(self, rated: Mapping[int, Mapping[int, float]]) -> None:
        """Take in log-probabilities of tokens, by row."""
        self._rated.update(rated)

    def scores(self) -> list[float]:
        """Log-probability of each path, or of as much of it as was rated.

        What all paths begin with alike is left out.
        """
        return [
            sum(
                _finite(self._rated[row][token])
                for token, row in zip(path, steps, strict=True)
                if row in self._rated
            )
            for path, steps in zip(self._trie.paths, self._trie.steps, strict=True)
        ]

    def _open_rows(self) -> set[int]:
        scores = self.scores()
        whole = [
            score
            for rows, score in zip(self._rows, scores, strict=True)
            if self._rated.keys() >= rows
        ]
        least = max(whole or scores) - self._margin
        return {
            row
            for rows, score in zip(self._rows, scores, strict=True)
            if score >= least
            for row in rows - self._rated.keys()
        }

    def _following(self, rows: set[int]) -> dict[int, tuple[int, ...]]:
        found: dict[int, set[int]] = {row: set() for row in sorted(rows)}
        for path, steps in zip(self._trie.paths, self._trie.steps, strict=True):
            for token, row in zip(path, steps, strict=True):
                if row in found:
                    found[row].add(token)
        return {row: tuple(sorted(tokens)) for row, tokens in found.items()}


def softmax(scores: Sequence[float]) -> list[float]:
    """Probabilities of scores."""
    best = max(scores)
    weights = [math.exp(score - best) for score in scores]
    return [weight / sum(weights) for weight in weights]


def _finite(score: float) -> float:
    return max(score, LOWEST) if math.isfinite(score) else LOWEST
