"""Scores of a run, over ALL samples: a document that is not valid is wrong in every field.

Intervals are 95 %, by bootstrap over speakers (over clips where there is no speaker). Every share
stands beside that of always naming the commonest class.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, TypedDict

from uas_schema.document import CLOSED_FIELDS, UasDocument, canonical_string
from uas_schema.normalise import normalise_text
from uas_schema.ontology import parse_prosody, parse_timbre
from uas_schema.records import KnownField, Record
from uas_schema.rules import check
from uas_schema.scoring import (
    ErrorCount,
    EventScore,
    cer,
    cluster_bootstrap_interval,
    event_f1,
    macro_recall,
    wer,
)
from uas_training.data.targets import event_labels
from uas_training.evaluation.bins import load_bins
from uas_training.evaluation.calibration import Calibration, calibrate
from uas_training.evaluation.event_bins import events_by_polyphony, events_by_snr
from uas_training.evaluation.items import Item

SEED = 0


class Score(TypedDict):
    """A share with its interval, the number of clips and what the commonest class would get."""

    n: int
    value: float
    low: float
    high: float
    majority: float
    macro_recall: float


@dataclass(frozen=True)
class Pair:
    """A record and what the model said about it."""

    record: Record
    item: Item
    document: UasDocument | None

    @property
    def cluster(self) -> str:
        """The speaker, or the clip where there is none."""
        return self.record.speaker or self.record.id

    @property
    def corpus(self) -> str:
        """The corpus of the voice (or of the sound)."""
        return self.record.corpus.partition("+")[0]


def pair_up(records: Sequence[Record], items: Sequence[Item]) -> list[Pair]:
    """Match records and items by id; records that were not run are left out."""
    by_id = {item.id: item for item in items}
    return [
        Pair(record, by_id[record.id], by_id[record.id].document)
        for record in records
        if record.id in by_id
    ]


def document_metrics(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Every figure of the documents of a run."""
    voiced = [pair for pair in pairs if pair.record.document.has_voice]
    return {
        "clips": len(pairs),
        "valid": fmean(float(pair.document is not None) for pair in pairs),
        "rule_breaks": sum(bool(check(p.document)) for p in pairs if p.document is not None),
        "voice": _voice(pairs),
        "closed": {name: closed(voiced, name) for name in CLOSED_FIELDS},
        "emotion_by_corpus": _by_corpus(voiced),
        "age_simulated": closed([p for p in voiced if _is_simulated(p.record)], "age"),
        "calibration": _calibration(voiced),
        "levels": _levels(voiced),
        "events": _events(pairs),
        "filled": _filled(voiced),
        "transcript": transcript(voiced),
        "seconds": fmean(pair.item.seconds for pair in pairs),
    }


def share(
    truths: Sequence[str], said: Sequence[str | None], clusters: Sequence[str]
) -> Score | None:
    """Accuracy of ``said`` with its interval; None without items."""
    if not truths:
        return None
    hits = [float(true == guess) for true, guess in zip(truths, said, strict=True)]
    interval = cluster_bootstrap_interval(hits, clusters, SEED)
    return Score(
        n=len(hits),
        value=fmean(hits),
        low=interval.low,
        high=interval.high,
        majority=max(Counter(truths).values()) / len(truths),
        macro_recall=macro_recall(truths, said),
    )


def _scored(
    pairs: Sequence[Pair],
    field: KnownField,
    read: Callable[[UasDocument], str | None],
    *,
    truth_only: bool = True,
) -> Score | None:
    """Accuracy of one reading of the document, where the record knows the field."""
    accepted = ("truth",) if truth_only else ("truth", "evidence")
    known = [(p, read(p.record.document)) for p in pairs if p.record.known[field] in accepted]
    kept = [(pair, true) for pair, true in known if true is not None]
    return share(
        [true for _, true in kept],
        [None if pair.document is None else read(pair.document) for pair, _ in kept],
        [pair.cluster for pair, _ in kept],
    )


def _voice(pairs: Sequence[Pair]) -> Score | None:
    return _scored(pairs, "transcription", lambda document: str(document.has_voice))


def closed(pairs: Sequence[Pair], name: str) -> Score | None:
    """Accuracy of a closed field, where it is known; None where it never is."""
    field: KnownField = name  # type: ignore[assignment] # CLOSED_FIELDS are known fields
    return _scored(pairs, field, lambda document: getattr(document.paralinguistics, name))


def _calibration(pairs: Sequence[Pair]) -> dict[str, Calibration]:
    """How the probabilities of closed fields fit the truth, where both are known."""
    found: dict[str, Calibration] = {}
    for name in CLOSED_FIELDS:
        path = f"paralinguistics.{name}"
        known = [
            (pair.item.probabilities[path], getattr(pair.record.document.paralinguistics, name))
            for pair in pairs
            if pair.item.probabilities.get(path) and pair.record.known[name] == "truth"
        ]
        said = [max(values, key=values.__getitem__) for values, _ in known]
        calibration = calibrate(
            [min(values[text], 1.0) for (values, _), text in zip(known, said, strict=True)],
            [text == canonical_string(true) for (_, true), text in zip(known, said, strict=True)],
            load_bins().calibration,
        )
        if calibration is not None:
            found[name] = calibration
    return found


def _is_simulated(record: Record) -> bool:
    """Whether the voice was made to a plan: only then is its prosody the truth, not measured."""
    return record.known["prosody"] == "truth"


def _by_corpus(pairs: Sequence[Pair]) -> dict[str, Score | None]:
    corpora = sorted({p.corpus for p in pairs if p.record.known["emotion"] == "truth"})
    found = {}
    for corpus in corpora:
        own = [pair for pair in pairs if pair.corpus == corpus]
        found[corpus] = closed([p for p in own if "+" not in p.record.corpus], "emotion")
        found[f"{corpus}, sounds mixed in"] = closed(
            [p for p in own if "+" in p.record.corpus], "emotion"
        )
    return found


def _levels(pairs: Sequence[Pair]) -> dict[str, Score | None]:
    """Prosody on simulated truth, and on all speech whose prosody was measured; timbre likewise."""
    found = {}
    for part in ("rate", "pitch", "range"):
        read = _level_reader("prosody", part)
        found[part] = _scored(pairs, "prosody", read)
        found[f"{part}, measured too"] = _scored(pairs, "prosody", read, truth_only=False)
    for part in ("brightness", "texture"):
        found[part] = _scored(pairs, "timbre", _level_reader("timbre", part), truth_only=False)
    return found


def _level_reader(field: str, part: str) -> Callable[[UasDocument], str | None]:
    parse = parse_prosody if field == "prosody" else parse_timbre

    def read(document: UasDocument) -> str | None:
        levels = parse(getattr(document.paralinguistics, field) or "")
        return levels[part] if levels else None

    return read


def _events(pairs: Sequence[Pair]) -> dict[str, object]:
    known = [
        pair
        for pair in pairs
        if "none"
        not in (pair.record.known["discreteEvents"], pair.record.known["continuousEvents"])
    ]
    truths = [event_labels(pair.record.document) for pair in known]
    said = [event_labels(pair.document) if pair.document else set() for pair in known]
    counts = Counter(label for labels in truths for label in labels)
    scores = [event_f1(guess, true) for guess, true in zip(said, truths, strict=True)]
    interval = cluster_bootstrap_interval(
        scores, [pair.record.id for pair in known], SEED, statistic=_micro_f1, resamples=500
    )
    total = sum(scores, EventScore())
    quiet = [not guess for guess, true in zip(said, truths, strict=True) if not true]
    silent = [
        not guess
        for pair, guess, true in zip(known, said, truths, strict=True)
        if not true and not pair.record.document.has_voice
    ]
    return {
        "n": len(known),
        "with_events": sum(map(bool, truths)),
        "f1": total.f1,
        "low": interval.low,
        "high": interval.high,
        "precision": total.precision,
        "recall": total.recall,
        "majority_f1": max(
            (sum((event_f1({c}, t) for t in truths), EventScore()).f1 for c in counts), default=0.0
        ),
        "nothing_claimed_without_events": fmean(quiet) if quiet else None,
        "nothing_claimed_in_silence": fmean(silent) if silent else None,
        "silent_clips": len(silent),
        "placed": _placed(known, scores),
        "by_snr": events_by_snr([pair.record for pair in known], scores, load_bins()),
        "by_polyphony": events_by_polyphony([pair.record for pair in known], scores, load_bins()),
    }


def _placed(pairs: Sequence[Pair], scores: Sequence[EventScore]) -> dict[str, float]:
    """The same of clips with placed sounds alone: noise, which is one easy label, hides them."""
    own = [score for pair, score in zip(pairs, scores, strict=True) if pair.record.onsets]
    total = sum(own, EventScore())
    return {
        "n": len(own),
        "labels": total.true_positives + total.false_negatives,
        "hits": total.true_positives,
        "f1": total.f1,
    }


def _micro_f1(scores: Sequence[EventScore]) -> float:
    return sum(scores, EventScore()).f1


def _filled(pairs: Sequence[Pair]) -> dict[str, float]:
    """Share of voiced clips whose free-text fields have text."""
    reads: dict[str, Callable[[UasDocument], str | None]] = {
        "accent": lambda document: document.paralinguistics.accent,
        "prosody": lambda document: document.paralinguistics.prosody,
        "timbre": lambda document: document.paralinguistics.timbre,
        "description": lambda document: document.non_linguistic_events.description,
    }
    return {
        name: fmean(float(bool(p.document and read(p.document))) for p in pairs)
        for name, read in reads.items()
        if pairs
    }


def transcript(pairs: Sequence[Pair]) -> dict[str, object]:
    """Word and character error rates by language; a clip without transcript lost every word."""
    found: dict[str, object] = {}
    for language in sorted({pair.record.language for pair in pairs}):
        own = [pair for pair in pairs if pair.record.language == language]
        texts = [
            (p.record.document.transcription or "", (p.document and p.document.transcription) or "")
            for p in own
        ]
        words = [wer(true, said, language) for true, said in texts]
        letters = sum((cer(true, said, language) for true, said in texts), ErrorCount())
        interval = cluster_bootstrap_interval(
            words, [p.cluster for p in own], SEED, statistic=_total_rate, resamples=500
        )
        found[language] = {
            "n": len(own),
            "wer": _total_rate(words),
            "low": interval.low,
            "high": interval.high,
            "cer": letters.rate,
        }
    return found


def _total_rate(counts: Sequence[ErrorCount]) -> float:
    return sum(counts, ErrorCount()).rate


def question_hits(pairs: Sequence[Pair]) -> list[tuple[str, str, float, str]]:
    """(kind, field, right or not, cluster) of every question that was asked."""
    return [
        (question.kind, question.field, float(_same(question.answer, answer)), pair.cluster)
        for pair in pairs
        for question, answer in zip(pair.record.qa, pair.item.answers, strict=False)
    ]


def question_metrics(pairs: Sequence[Pair]) -> dict[str, object]:
    """Share of right answers by kind and by field; ``heard`` leaves the transcript out."""
    hits = question_hits(pairs)
    found: dict[str, object] = {}
    groups: dict[str, Callable[[tuple[str, str, float, str]], bool]] = {
        "all": lambda _: True,
        "heard": lambda hit: hit[1] != "transcription",
        **{f"heard, {k}": _heard_kind(k) for k in ("yes_no", "choice", "direct")},
        **{f"field {f}": _on_field(f) for f in sorted({hit[1] for hit in hits})},
    }
    for name, belongs in groups.items():
        own = [hit for hit in hits if belongs(hit)]
        if own:
            interval = cluster_bootstrap_interval(
                [hit[2] for hit in own], [hit[3] for hit in own], SEED
            )
            value = fmean(hit[2] for hit in own)
            found[name] = {
                "n": len(own),
                "value": value,
                "low": interval.low,
                "high": interval.high,
            }
    return found


def paired_gain(
    hits: Sequence[float], base: Sequence[float], clusters: Sequence[str]
) -> dict[str, float]:
    """Mean difference of two runs on the same questions, with its interval."""
    gains = [better - worse for better, worse in zip(hits, base, strict=True)]
    interval = cluster_bootstrap_interval(gains, clusters, SEED)
    return {
        "n": len(gains),
        "value": fmean(gains),
        "low": interval.low,
        "high": interval.high,
    }


def _heard_kind(kind: str) -> Callable[[tuple[str, str, float, str]], bool]:
    return lambda hit: hit[0] == kind and hit[1] != "transcription"


def _on_field(field: str) -> Callable[[tuple[str, str, float, str]], bool]:
    return lambda hit: hit[1] == field


def _same(truth: str, answer: str) -> bool:
    return normalise_text(truth, "en") == normalise_text(answer, "en")
