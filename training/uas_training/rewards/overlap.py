"""How many words two texts share: the local measure of agreement of free text."""

from collections import Counter

from uas_schema.normalise import normalise_text


def word_overlap(text: str, other: str) -> float:
    """Dice coefficient of the two bags of normalised words; 1 for two texts without words.

    A bag counts repeats: a word said ten times matches once and costs nine.
    """
    bags = [Counter(normalise_text(one).split()) for one in (text, other)]
    total = sum(bag.total() for bag in bags)
    return 2 * (bags[0] & bags[1]).total() / total if total else 1.0
