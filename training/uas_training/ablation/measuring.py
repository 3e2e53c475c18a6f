"""Ask a run everything, and read what it said. Goes on where an earlier try stopped."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from uas_schema.document import CLOSED_FIELDS
from uas_schema.scoring import ErrorCount, wer
from uas_training.ablation.questions import PERCEPTION, REASONING, Questions, reasoning_name
from uas_training.data.examples import Example
from uas_training.evaluation.items import read_items, run_items
from uas_training.evaluation.listeners import DraftUse, Heard, RunnerListener, Samples
from uas_training.evaluation.metrics import question_hits
from uas_training.evaluation.options import RunOptions
from uas_training.evaluation.pairs import Pair, pair_up

TRANSCRIPTS, DOCUMENTS = "transcripts", "documents"
_ANSWERS = RunOptions(draft="none", use="none", documents=False)
_TEXTS = RunOptions(draft="none", use="none", questions=False)


@dataclass(frozen=True)
class Scored:
    """One value that counts, and the speaker (or clip) that it belongs to."""

    value: float
    cluster: str


@dataclass(frozen=True)
class Words:
    """The word errors of one clip, and its speaker."""

    errors: ErrorCount
    cluster: str


@dataclass(frozen=True)
class Measured:
    """Everything that one run said: shares by name, and word errors.

    ``shares`` holds 1 or 0 for every question or field, in the same order for every run.
    """

    shares: dict[str, list[Scored]]
    words: list[Words]


class Transcriber:
    """A listener whose only text is what is said."""

    def __init__(self, listener: RunnerListener) -> None:
        self._listener = listener

    def describe(self, samples: Samples | None, draft: str | None, use: DraftUse) -> Heard:
        """The plain transcript; no draft is shown."""
        del draft, use
        return Heard(self._listener.transcribe(samples))

    def ask(self, samples: Samples | None, question: str, choices: Sequence[str] = ()) -> str:
        """Answer as the listener does."""
        return self._listener.ask(samples, question, choices)


def measure(
    listener: RunnerListener, questions: Questions, folder: Path, *, documents: bool
) -> None:
    """Ask what ``folder`` does not hold yet; documents only where they were learned."""
    for kind, examples in ((PERCEPTION, questions.perception), (REASONING, questions.reasoning)):
        run_items(listener, examples, {}, _ANSWERS, _file(folder, kind))
    transcriber = Transcriber(listener)
    run_items(transcriber, questions.transcripts, {}, _TEXTS, _file(folder, TRANSCRIPTS))
    if documents:
        run_items(listener, questions.documents, {}, _TEXTS, _file(folder, DOCUMENTS))


def read_measured(questions: Questions, folder: Path) -> Measured:
    """What a finished run said."""
    perception = _pairs(questions.perception, folder, PERCEPTION)
    shares: dict[str, list[Scored]] = {PERCEPTION: []}
    for _, field, hit, cluster in question_hits(perception):
        for name in (PERCEPTION, f"{PERCEPTION}, {field}"):
            shares.setdefault(name, []).append(Scored(hit, cluster))
    for _, field, hit, cluster in question_hits(_pairs(questions.reasoning, folder, REASONING)):
        shares.setdefault(reasoning_name(field), []).append(Scored(hit, cluster))
    shares |= _closed_fields(_pairs(questions.documents, folder, DOCUMENTS))
    words = [
        Words(wer(p.record.document.transcription or "", p.item.text, p.record.language), p.cluster)
        for p in _pairs(questions.transcripts, folder, TRANSCRIPTS)
    ]
    return Measured(shares, words)


def _closed_fields(pairs: Sequence[Pair]) -> dict[str, list[Scored]]:
    """Right closed fields of documents, where the truth is known; an invalid one is wrong."""
    found: dict[str, list[Scored]] = {}
    for pair in pairs:
        said = pair.document.paralinguistics if pair.document else None
        for field in CLOSED_FIELDS:
            true = getattr(pair.record.document.paralinguistics, field)
            if true is not None and pair.record.known[field] == "truth":
                right = said is not None and getattr(said, field) == true
                for name in (DOCUMENTS, f"{DOCUMENTS}, {field}"):
                    found.setdefault(name, []).append(Scored(float(right), pair.cluster))
    return found


def _pairs(examples: Sequence[Example], folder: Path, kind: str) -> list[Pair]:
    records = [example.record for example in examples]
    return pair_up(records, read_items(_file(folder, kind)))


def _file(folder: Path, kind: str) -> Path:
    return folder / f"{kind}.jsonl"
