"""Edge cases of the rules, one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uas_training.evaluation.bench.rules import (
    RULES,
    mmsu_official,
    mmsu_uas,
    verbatim,
    words_official,
    words_uas,
)

CHOICES = ("a dog", "a cat", "two cats", "rain")


@pytest.mark.parametrize(
    ("prediction", "verdict"),
    [
        ("B", True),
        (" B\n", True),
        ("\nB\n", True),
        ("B. a cat", True),
        ("(B)", True),
        ("The answer is B.", True),
        ("It is\nB\n.", True),
        ("Bats", True),  # the first character is all that counts
        ("C", False),
        ("(A)", False),
        ("", False),
        (" \n ", False),
        ("None", False),
        ("The answer is B", None),  # the last but one is a space
        ("b", None),
        ("E", None),
        ("a cat", None),
        (None, None),
    ],
)
def test_mmsu_reads_the_first_letter_or_the_last_but_one(
    prediction: str | None, verdict: bool | None
) -> None:
    assert mmsu_official(prediction, CHOICES, "a cat") is verdict
    assert mmsu_uas(prediction, CHOICES, "a cat") is bool(verdict)


def test_mmsu_with_fewer_choices_or_the_same_twice() -> None:
    assert mmsu_official("D", CHOICES[:2], "a cat") is False
    assert mmsu_official("C", ("x", "y", "y", "z"), "y") is True
    assert mmsu_official("E", (*"vwxyz",), "z") is None  # letters end at D


@pytest.mark.parametrize(
    ("prediction", "verdict"),
    [
        ("a cat", True),
        ("(B) A CAT!", True),
        ("cat,\na", True),
        ("a cat cat", True),
        ("cat", False),  # a word of the answer is missing
        ("a cat or a dog", False),  # a word of a wrong choice alone
        ("two cats", False),
        ("", False),
        ("?!", False),
        (None, None),
    ],
)
def test_words_of_the_answer_and_none_of_another(
    prediction: str | None, verdict: bool | None
) -> None:
    assert words_official(prediction, CHOICES, "a cat") is verdict
    assert words_uas(prediction, CHOICES, "a cat") is bool(verdict)


def test_words_with_choices_that_hold_one_another() -> None:
    choices = ("red", "red door", "RED", "blue", "green", "white", "black", "grey")
    assert words_official("red", choices, "red") is True
    assert words_official("red door", choices, "red") is False
    assert words_official("red door", choices, "red door") is True
    assert words_official("(H) grey", choices, "grey") is True


def test_verbatim_is_the_text_itself() -> None:
    assert verbatim("a cat", CHOICES, "a cat") is True
    assert verbatim("A cat", CHOICES, "a cat") is False
    assert verbatim(None, CHOICES, "a cat") is False


@given(
    prediction=st.none() | st.text(alphabet="ABCDE abc().\n") | st.text(),
    choices=st.lists(st.text(min_size=1), min_size=2, max_size=10),
    data=st.data(),
)
def test_the_uas_rules_only_turn_left_out_into_wrong(
    prediction: str | None, choices: list[str], data: st.DataObject
) -> None:
    answer = data.draw(st.sampled_from(choices))
    for official, uas in (("mmsu_official", "mmsu_uas"), ("words_official", "words_uas")):
        verdict = RULES[official](prediction, choices, answer)
        assert RULES[uas](prediction, choices, answer) is bool(verdict)
