"""Scores of a run, over ALL samples: a document that is not valid is wrong in every field.

Intervals are 95 %, by bootstrap over speakers (over clips where there is no speaker). Every share
stands beside that of always naming the commonest class.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any, TypedDict

from uas_schema.document import CLOSED_FIELDS, canonical_string
from uas_schema.normalise import normalise_text
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
from uas_training.evaluation.fields import CLOSED, LEVELS, VOICE, Reading, compared
from uas_training.evaluation.free_text import free_text_agreement
from uas_training.evaluation.pairs import Pair
from uas_training.rewards.free_text import FREE_TEXT

SEED = 0


class Score(TypedDict):
    """A share with its interval, the number of clips and what the commonest class would get."""

    n: int
    value: float
    low: float
    high: float
    majority: float
    macro_recall: float


def document_metrics(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Every figure of the documents of a run."""
    voiced = [pair for pair in pairs if pair.record.document.has_voice]
    return {
        "clips": len(pairs),
        "valid": fmean(float(pair.document is not None) for pair in pairs),
        "rule_breaks": sum(bool(check(p.document)) for p in pairs if p.document is not None),
        "voice": _scored(pairs, VOICE),
        "closed": {name: closed(voiced, name) for name in CLOSED_FIELDS},
        "emotion_by_corpus": _by_corpus(voiced),
        "age_simulated": closed([p for p in voiced if _is_simulated(p.record)], "age"),
        "calibration": _calibration(voiced),
        "levels": {name: _scored(voiced, reading) for name, reading in LEVELS.items()},
        "events": _events(pairs),
        "filled": _filled(voiced),
        "free_text": free_text_agreement(pairs, SEED),
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


def closed(pairs: Sequence[Pair], name: str) -> Score | None:
    """Accuracy of a closed field, where it is known; None where it never is."""
    return _scored(pairs, CLOSED[name])


def _scored(pairs: Sequence[Pair], reading: Reading) -> Score | None:
    """Accuracy of one reading of the document, where the record knows the field."""
    found = compared(pairs, reading)
    return share(
        [one.true for one in found], [one.said for one in found], [one.cluster for one in found]
    )


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


def _events(pairs: Sequence[Pair]) -> dict[str, object]:
    known = knowing_events(pairs)
    truths = [event_labels(pair.record.document) for pair in known]
    said = [event_labels(pair.document) if pair.document else set() for pair in known]
    counts = Counter(label for labels in truths for label in labels)
    scores = event_scores(known)
    interval = cluster_bootstrap_interval(
        scores, [pair.record.id for pair in known], SEED, statistic=micro_f1, resamples=500
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


def knowing_events(pairs: Sequence[Pair]) -> list[Pair]:
    """The clips of which both lists of events are known."""
    lists: tuple[KnownField, ...] = ("discreteEvents", "continuousEvents")
    return [pair for pair in pairs if all(pair.record.known[name] != "none" for name in lists)]


def event_scores(pairs: Sequence[Pair]) -> list[EventScore]:
    """Labels found, claimed wrongly and missed, by clip; an invalid document claims none."""
    return [
        event_f1(
            event_labels(pair.document) if pair.document else set(),
            event_labels(pair.record.document),
        )
        for pair in pairs
    ]


def micro_f1(scores: Sequence[EventScore]) -> float:
    """F1 of all clips' labels together."""
    return sum(scores, EventScore()).f1


def _filled(pairs: Sequence[Pair]) -> dict[str, float]:
    """Share of voiced clips whose free-text fields have text."""
    return {
        name: fmean(float(bool(p.document and read(p.document))) for p in pairs)
        for name, read in FREE_TEXT.items()
        if pairs
    }


def transcript(pairs: Sequence[Pair]) -> dict[str, object]:
    """Word and character error rates by language; a clip without transcript lost every word."""
    found: dict[str, object] = {}
    for language in sorted({pair.record.language for pair in pairs}):
        own = [pair for pair in pairs if pair.record.language == language]
        texts = [texts_of(pair) for pair in own]
        words = [wer(true, said, language) for true, said in texts]
        letters = sum((cer(true, said, language) for true, said in texts), ErrorCount())
        interval = cluster_bootstrap_interval(
            words, [p.cluster for p in own], SEED, statistic=error_rate, resamples=500
        )
        found[language] = {
            "n": len(own),
            "wer": error_rate(words),
            "low": interval.low,
            "high": interval.high,
            "cer": letters.rate,
        }
    return found


def texts_of(pair: Pair) -> tuple[str, str]:
    """The true and the said transcription, empty where there is none."""
    said = pair.document and pair.document.transcription
    return pair.record.document.transcription or "", said or ""


def error_rate(counts: Sequence[ErrorCount]) -> float:
    """Errors of all clips together, per word or character of all truths."""
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


def _heard_kind(kind: str) -> Callable[[tuple[str, str, float, str]], bool]:
    return lambda hit: hit[0] == kind and hit[1] != "transcription"


def _on_field(field: str) -> Callable[[tuple[str, str, float, str]], bool]:
    return lambda hit: hit[1] == field


def _same(truth: str, answer: str) -> bool:
    return normalise_text(truth, "en") == normalise_text(answer, "en")
