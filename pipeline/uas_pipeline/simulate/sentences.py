"""Sentences for synthetic speech, filled from the templates of ``data/sentences.yaml``.

The splits share no template. Knows nothing of voices.
"""

import random
import re
from collections.abc import Mapping
from functools import cache

from uas_pipeline.errors import ConfigError
from uas_pipeline.package_data import read_package_yaml
from uas_schema.strict import Strict

_SLOT = re.compile(r"\{(\w+)\}")


class SentenceSet(Strict):
    """Templates of one split and the words that fill their slots."""

    templates: tuple[str, ...]
    slots: Mapping[str, tuple[str, ...]]


class SentenceFile(Strict):
    """``data/sentences.yaml`` as it is written."""

    train: SentenceSet
    development: SentenceSet


@cache
def load_sentences() -> SentenceFile:
    """Templates that ship with the package (read once)."""
    return read_package_yaml(SentenceFile, "uas_pipeline.simulate", "data/sentences.yaml")


def draw_sentences(sentences: SentenceSet, count: int, seed: int) -> list[str]:
    """Draw ``count`` different sentences; templates take turns.

    Raises ``ConfigError`` when the templates do not give that many.
    """
    rng = random.Random(seed)
    drawn: dict[str, None] = {}
    attempts = 20 * count
    for attempt in range(attempts):
        if len(drawn) == count:
            break
        template = sentences.templates[attempt % len(sentences.templates)]
        drawn[_fill(template, sentences.slots, rng)] = None
    if len(drawn) < count:
        raise ConfigError(
            f"the templates gave {len(drawn)} different sentences, not {count}: ask for fewer or "
            "add templates to sentences.yaml"
        )
    return list(drawn)


def _fill(template: str, slots: Mapping[str, tuple[str, ...]], rng: random.Random) -> str:
    return _SLOT.sub(lambda match: rng.choice(slots[match[1]]), template)
