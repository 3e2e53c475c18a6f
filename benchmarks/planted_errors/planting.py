"""Plant one error of one kind in a copy of a gold record.

An error is a function that changes a ``Draft`` and says whether it could. Everything is
deterministic from the seed. Knows nothing of the checks that ought to catch an error.
"""

import copy
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from planted_errors.gold import JsonObject, is_real

Level = Literal[
    "ontology", "transcription integrity", "logical consistency", "duration-content alignment"
]
Proof = Literal["deterministic", "evidence"]


@dataclass
class Draft:
    """A copy of a gold record to change.

    ``others`` are gold records to take texts from. ``line`` replaces the record's JSON text where
    an error cannot be said as a JSON object.
    """

    record: JsonObject
    others: Sequence[JsonObject]
    rng: random.Random
    line: str | None = None

    @property
    def document(self) -> JsonObject:
        """The UAS document."""
        return cast(JsonObject, self.record["document"])

    @property
    def voice(self) -> JsonObject:
        """The document's paralinguistics."""
        return cast(JsonObject, self.document["paralinguistics"])

    @property
    def sounds(self) -> JsonObject:
        """The document's non-linguistic events."""
        return cast(JsonObject, self.document["nonLinguisticEvents"])

    @property
    def events(self) -> list[JsonObject]:
        """Events of both lists, discrete first."""
        return [*self.sounds["discreteEvents"], *self.sounds["continuousEvents"]]

    @property
    def words(self) -> list[str]:
        """Words of the transcription; none without a voice."""
        return (self.document["transcription"] or "").split()

    @property
    def speaks(self) -> bool:
        """Whether there is a voice."""
        return self.document["transcription"] is not None

    def say(self, text: str) -> None:
        """Let the transcription be ``text``; the corpus's own text stays."""
        self.document["transcription"] = text

    def say_in_corpus_too(self, text: str) -> None:
        """Let both the transcription and the corpus's text be ``text``: the corpus is wrong."""
        self.say(text)
        self.record.setdefault("evidence", {})["corpus_text"] = text


Plant = Callable[[Draft], bool]


@dataclass(frozen=True)
class Kind:
    """A kind of error: its name, the level that ought to catch it, and what shows it.

    ``deterministic``: the record alone shows it. ``evidence``: only what was measured, or the sense
    of free text.
    """

    name: str
    level: Level
    proof: Proof
    plant: Plant = field(repr=False, compare=False)


@dataclass(frozen=True)
class Planted:
    """The JSON text of a record with one error, and the gold that it was made from."""

    kind: Kind
    gold_id: str
    real: bool
    line: str


@dataclass
class Registry:
    """Kinds of errors by name, in the order in which they were written."""

    kinds: dict[str, Kind] = field(default_factory=dict)

    def add(self, level: Level, proof: Proof = "deterministic") -> Callable[[Plant], Plant]:
        """Register the decorated function under its own name."""

        def register(plant: Plant) -> Plant:
            name = plant.__name__
            self.kinds[name] = Kind(name, level, proof, plant)
            return plant

        return register


def plant(
    kind: Kind, gold: Sequence[JsonObject], count: int, seed: int, attempts: int = 4
) -> Iterator[Planted]:
    """Plant ``kind`` in up to ``count`` different records, half of them real if there are enough.

    Fewer come where the gold has fewer records that the error fits.
    """
    rng = random.Random(f"{seed} {kind.name}")
    order = rng.sample(range(len(gold)), len(gold))
    real = _plant_in(kind, [gold[i] for i in order if is_real(gold[i])], gold, rng, attempts)
    simulated = _plant_in(
        kind, [gold[i] for i in order if not is_real(gold[i])], gold, rng, attempts
    )
    found = [item for _, item in zip(range(count // 2), real, strict=False)]
    yield from found
    found_simulated = [item for _, item in zip(range(count - len(found)), simulated, strict=False)]
    yield from found_simulated
    missing = count - len(found) - len(found_simulated)
    yield from (item for _, item in zip(range(missing), real, strict=False))


def _plant_in(
    kind: Kind,
    records: Sequence[JsonObject],
    others: Sequence[JsonObject],
    rng: random.Random,
    attempts: int,
) -> Iterator[Planted]:
    for record in records:
        before = to_line(record)
        for _ in range(attempts):
            draft = Draft(copy.deepcopy(record), others, rng)
            if not kind.plant(draft):
                break
            line = draft.line or to_line(draft.record)
            if line != before:
                yield Planted(kind, record["id"], is_real(record), line)
                break


def to_line(record: JsonObject) -> str:
    """One line of JSON."""
    return json.dumps(record, ensure_ascii=False)
