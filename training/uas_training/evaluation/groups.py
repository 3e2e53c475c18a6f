"""Scores by group of people and by source: a mean over all clips hides who is heard worse.

Groups are of voiced clips: by the speaker's known gender, by language, by the corpus of the voice.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from uas_schema.document import CLOSED_FIELDS
from uas_training.evaluation.metrics import closed, transcript
from uas_training.evaluation.pairs import Pair

Groups = dict[str, dict[str, Any]]


def group_metrics(pairs: Sequence[Pair]) -> dict[str, Groups]:
    """Figures of every group, by what it is grouped by and by its name.

    Each holds ``clips``, ``speakers``, a score or None for each of the closed fields, and
    ``transcript``: word error rates by language.
    """
    voiced = [pair for pair in pairs if pair.record.document.has_voice]
    return {by: _grouped(voiced, name_of) for by, name_of in _BY.items()}


def _grouped(pairs: Sequence[Pair], name_of: Callable[[Pair], str | None]) -> Groups:
    named: dict[str, list[Pair]] = {}
    for pair in pairs:
        if (name := name_of(pair)) is not None:
            named.setdefault(name, []).append(pair)
    return {name: _figures(own) for name, own in sorted(named.items())}


def _figures(pairs: Sequence[Pair]) -> dict[str, Any]:
    return {
        "clips": len(pairs),
        "speakers": len({pair.cluster for pair in pairs}),
        **{name: closed(pairs, name) for name in CLOSED_FIELDS},
        "transcript": transcript(pairs),
    }


def _gender(pair: Pair) -> str | None:
    """The gender, where the corpus tells it."""
    known = pair.record.known["gender"] == "truth"
    return pair.record.document.paralinguistics.gender if known else None


_BY: Mapping[str, Callable[[Pair], str | None]] = {
    "gender": _gender,
    "language": lambda pair: pair.record.language,
    "source": lambda pair: pair.corpus,
}
