"""Leaving rows out changes no choice, and no probability by more than is said."""

import math
import random

import pytest

from uas_model.runner.trie import TokenTrie
from uas_server.engine.ratings import LOWEST, NEGLIGIBLE, Ratings, softmax

END = 99


def random_trie(chance: random.Random) -> TokenTrie:
    paths = {
        tuple(chance.randrange(4) for _ in range(chance.randint(1, 6)))
        for _ in range(chance.randint(2, 9))
    }
    return TokenTrie.of_texts(sorted(paths), END)


def random_rows(trie: TokenTrie, chance: random.Random) -> dict[int, dict[int, float]]:
    """Log-probabilities of every token in every row, some of them very low."""
    sharpness = chance.choice([0.5, 3.0, 12.0])
    found: dict[int, dict[int, float]] = {}
    for path, steps in zip(trie.paths, trie.steps, strict=True):
        for token, row in zip(path, steps, strict=True):
            found.setdefault(row, {})[token] = -sharpness * chance.expovariate(1.0)
    return found


def whole_scores(trie: TokenTrie, rows: dict[int, dict[int, float]]) -> list[float]:
    return [
        sum(rows[row][token] for token, row in zip(path, steps, strict=True))
        for path, steps in zip(trie.paths, trie.steps, strict=True)
    ]


def rated(trie: TokenTrie, rows: dict[int, dict[int, float]], **options: float) -> Ratings:
    ratings = Ratings(trie, **options)
    asked: set[int] = set()
    while wanted := ratings.wanted():
        assert not asked & wanted.keys(), "a row is asked for once"
        asked |= wanted.keys()
        ratings.add({row: {token: rows[row][token] for token in wanted[row]} for row in wanted})
    return ratings


@pytest.mark.parametrize("temperature", [0.0, 2.0])
def test_what_is_left_out_is_negligible(temperature: float) -> None:
    chance, spared = random.Random(1), 0
    for _ in range(1_000):
        trie = random_trie(chance)
        rows = random_rows(trie, chance)
        ratings = rated(trie, rows, temperature=temperature)
        exact, found = whole_scores(trie, rows), ratings.scores()
        assert max(range(len(exact)), key=exact.__getitem__) == max(
            range(len(found)), key=found.__getitem__
        )
        scale = max(1.0, temperature)
        for one, other in zip(
            softmax([score / scale for score in exact]),
            softmax([score / scale for score in found]),
            strict=True,
        ):
            assert abs(one - other) <= NEGLIGIBLE * len(exact)
        spared += sum(score != true for score, true in zip(found, exact, strict=True))
    assert spared > 0


def test_a_likely_beginning_that_leads_nowhere_brings_the_others_back() -> None:
    trie = TokenTrie.of([(1, 2), (3, 4)])
    rows = {-1: {1: -0.001, 3: -8.0}, 0: {2: -20.0}, 1: {4: -1.0}}
    assert rated(trie, rows).scores() == pytest.approx([-20.001, -9.0])


def test_scores_that_are_no_numbers_stay_ordered() -> None:
    trie = TokenTrie.of([(1, 2), (3, 4)])
    rows = {-1: {1: math.nan, 3: -math.inf}, 0: {2: 0.0}, 1: {4: -1.0}}
    assert rated(trie, rows).scores() == [LOWEST, LOWEST - 1.0]


def test_what_all_begin_with_is_not_asked_for() -> None:
    trie = TokenTrie.of([(7, 1, 2), (7, 3, 4)])
    rows = {1: {2: -0.5}, 0: {1: -0.1, 3: -1.0}, 2: {4: -0.2}}
    assert set(Ratings(trie).wanted()) == {0}
    assert rated(trie, rows).scores() == pytest.approx([-0.6, -1.2])
