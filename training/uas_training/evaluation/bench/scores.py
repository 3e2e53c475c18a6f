"""From predictions to figures: every rule of a benchmark over the same predictions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from uas_training.evaluation.bench.catalogue import Benchmark
from uas_training.evaluation.bench.questions import Entry, choices_of, labels_of
from uas_training.evaluation.bench.rules import RULES
from uas_training.evaluation.bench.tally import Labels, Tally, tally


@dataclass(frozen=True)
class Prediction:
    """A reply in the form that the official script reads, and the item as it was shown.

    ``text`` is None for null; for a key that is missing it is what the script takes that for.
    """

    text: str | None
    choices: Sequence[str]
    answer: str
    labels: Labels


def score(predictions: Sequence[Prediction], benchmark: Benchmark) -> dict[str, Tally]:
    """The figures by each rule, under the names that the benchmark gives them."""
    return {
        name: tally((p.labels, RULES[rule](p.text, p.choices, p.answer)) for p in predictions)
        for name, rule in benchmark.rules.items()
    }


def predictions_of(entries: Iterable[Entry], benchmark: Benchmark) -> list[Prediction]:
    """Predictions from entries in the form that the official script reads.

    Entries with fewer than two choices are no multiple choice and are left out.
    """
    found = (
        Prediction(
            text=entry.get(benchmark.prediction, benchmark.missing),
            choices=choices_of(entry, benchmark),
            answer=str(entry[benchmark.keys.answer]),
            labels=labels_of(entry, benchmark),
        )
        for entry in entries
    )
    return [prediction for prediction in found if len(prediction.choices) > 1]
