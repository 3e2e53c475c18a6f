"""Tries, guides and the loop detector, each alone."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from uas_model.runner.errors import PatternError
from uas_model.runner.guides import GuideCache, Masks
from uas_model.runner.repetition import LONGEST_PERIOD, goes_in_circles
from uas_model.runner.trie import ROOT, TokenTrie, is_start_of_another

PATHS = st.lists(
    st.lists(st.integers(0, 3), min_size=1, max_size=5).map(tuple), min_size=1, unique=True
).filter(lambda paths: not is_start_of_another(paths))


@settings(deadline=None)
@given(PATHS)
def test_every_path_can_be_read_off_the_tree(paths: list[tuple[int, ...]]) -> None:
    trie = TokenTrie.of(paths)
    assert len(set(zip(trie.parents, trie.ids, strict=True))) == len(trie.ids)
    for index, path in enumerate(paths):
        nodes = trie.nodes_on(index)
        assert tuple(trie.ids[node] for node in nodes) == path[:-1]
        assert [trie.parents[node] for node in nodes] == [ROOT, *nodes][: len(nodes)]
        assert len(trie.steps[index]) == len(path)


def test_a_path_that_starts_another_is_refused() -> None:
    with pytest.raises(ValueError, match=r"path \(1,\) is empty or starts another"):
        TokenTrie.of([(1,), (1, 2)])


@settings(deadline=None)
@given(st.lists(st.integers(0, 9), max_size=40), st.integers(1, LONGEST_PERIOD))
def test_three_long_rounds_are_a_loop(start: list[int], period: int) -> None:
    rounds = max(3, -(-24 // period))
    assert goes_in_circles([*start, *list(range(100, 100 + period)) * rounds])
    assert not goes_in_circles([*start, *list(range(100, 100 + period)) * 2, 99])


def test_a_word_said_a_few_times_is_speech() -> None:
    assert not goes_in_circles([7, 8] * 11)
    assert goes_in_circles([7, 8] * 12)


def guides(**bounds: int) -> GuideCache:
    table = {0: b"", 1: b'"', 2: b"a", 3: b"ab", 4: b"\xc3", 5: b"\xa9", 6: b'"a"', 7: b"\\"}
    return GuideCache(table, end_id=0, vocabulary_size=8, pinned=['"a*"'], **bounds)


def test_a_guide_allows_what_can_still_match() -> None:
    guide = guides().get('"(a|b|é)*"')
    state = guide.start
    assert [token for token in range(8) if guide.allows(state, token)] == [1, 6]
    state = guide.after(state, 1)
    assert [token for token in range(8) if guide.allows(state, token)] == [1, 2, 3, 4]
    half = guide.after(state, 4)
    assert [token for token in range(8) if guide.allows(half, token)] == [5]
    state = guide.after(guide.after(half, 5), 1)
    assert guide.is_complete(state)
    assert guide.must_end(state)
    with pytest.raises(ValueError, match="token 2 is not allowed"):
        guide.after(state, 2)


def test_old_patterns_leave_and_pinned_ones_stay() -> None:
    cache = guides(most=2)
    pinned, first = cache.get('"a*"'), cache.get("a")
    for pattern in ("aa", "aaa"):
        cache.get(pattern)
    assert cache.get('"a*"') is pinned
    assert cache.get("a") is not first


def test_patterns_leave_when_their_bytes_are_used_up() -> None:
    size = guides().get("a{40}").size_bytes
    cache = guides(most_bytes=5 * size // 2)
    first, _, last = [cache.get(f"a{{{count}}}") for count in (39, 40, 41)]
    assert cache.get("a{41}") is last
    assert cache.get("a{39}") is not first
    small = guides(most_bytes=1)
    assert small.get("a{40}") is small.get("a{40}")


def test_masks_of_all_patterns_share_a_bound() -> None:
    masks = Masks(most=2)
    made: list[int] = []

    def make(state: int) -> torch.Tensor:
        made.append(state)
        return torch.full((1,), state)

    for owner, state in (("a", 1), ("b", 1), ("a", 1), ("b", 2), ("a", 1), ("b", 1)):
        assert masks.get(owner, state, make).item() == state
    assert made == [1, 1, 2, 1]
    assert len(masks) == 2


@pytest.mark.parametrize("pattern", ["(", r"(a)\1", "(?=a)a", "a" * 70_000])
def test_patterns_that_cannot_be_compiled_are_refused(pattern: str) -> None:
    with pytest.raises(PatternError, match="the pattern"):
        guides().get(pattern)
