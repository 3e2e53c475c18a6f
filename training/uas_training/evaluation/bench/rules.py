"""When a prediction is right: the rules of the benchmarks, as pure functions.

Each takes the prediction (None where there is none), the choices in the order that was shown, and
the text of the right one. It gives True, False, or None for an item that leaves the denominator.
The facts are those of the official scripts (docs/adr/0021-benchmark-protocols.md names them); how
the official figures come out is tested on thousands of predictions.
"""

import re
from collections.abc import Callable, Mapping, Sequence

Rule = Callable[[str | None, Sequence[str], str], bool | None]

_LETTERS = "ABCD"
_SAID_NOTHING = ("", "None")
_WORD = re.compile(r"\w+")


def mmsu_official(prediction: str | None, choices: Sequence[str], answer: str) -> bool | None:
    """MMSU: the first character names the choice, or else the last but one ("It is B.").

    A reply in which neither is a letter from A to D leaves the denominator, and so does a missing
    one; an empty one and "None" are wrong.
    """
    if prediction is None:
        return None
    if prediction.strip() in _SAID_NOTHING:
        return False
    place = letter_place(prediction)
    if place is None:
        return None
    return place < len(choices) and choices[place] == answer


def mmsu_uas(prediction: str | None, choices: Sequence[str], answer: str) -> bool | None:
    """MMSU as the UAS authors count: what the official rule leaves out is wrong."""
    return bool(mmsu_official(prediction, choices, answer))


def words_official(prediction: str | None, choices: Sequence[str], answer: str) -> bool | None:
    """MMAU and MMAR: all words of the answer were said, and none that only a wrong choice has.

    Case, order, repeats and everything between words are ignored. A missing reply leaves the
    denominator; an empty one is wrong.
    """
    if prediction is None:
        return None
    said, right = _words(prediction), _words(answer)
    wrong = frozenset[str]().union(*map(_words, choices)) - right
    return bool(said) and right <= said and not said & wrong


def words_uas(prediction: str | None, choices: Sequence[str], answer: str) -> bool | None:
    """MMAU and MMAR as the UAS authors count: a missing reply is wrong."""
    return bool(words_official(prediction, choices, answer))


def verbatim(prediction: str | None, choices: Sequence[str], answer: str) -> bool | None:
    """The prediction is the text of the right choice, character by character."""
    return prediction in choices and prediction == answer


RULES: Mapping[str, Rule] = {
    rule.__name__: rule for rule in (mmsu_official, mmsu_uas, words_official, words_uas, verbatim)
}


def letter_place(reply: str) -> int | None:
    """Place of the choice (0 to 3) whose letter MMSU's script reads in a reply, if any."""
    line = reply.strip().replace("\n", "")
    for letter in (line[:1], line[-2:-1]):
        if letter and letter in _LETTERS:
            return _LETTERS.index(letter)
    return None


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))
