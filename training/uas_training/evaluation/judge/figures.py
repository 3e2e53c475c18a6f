"""Scores of a judge by field, beside the local measure."""

from collections.abc import Mapping, Sequence
from statistics import correlation, fmean
from typing import TypedDict

from uas_schema.scoring import Interval, cluster_bootstrap_interval
from uas_training.evaluation.judge.questions import FULL_SCORE, Question, Texts
from uas_training.evaluation.judge.verdicts import Verdict
from uas_training.evaluation.metrics import SEED
from uas_training.rewards.free_text import FREE_TEXT


class Judged(TypedDict):
    """One field.

    ``n`` clips have a score, ``settled_full`` and ``settled_zero`` of them without a request.
    ``value`` is the mean score over ten with its bounds, ``local`` the mean of the local measure on
    the same clips; None without a score. ``unread`` replies and ``failed`` requests count in
    neither. ``spearman`` correlates the two over the ``judged`` clips, whose score was read from a
    reply; None where one of the two never varies.
    """

    n: int
    value: float | None
    low: float | None
    high: float | None
    local: float | None
    unread: int
    failed: int
    settled_full: int
    settled_zero: int
    judged: int
    spearman: float | None


def figures(questions: Sequence[Question], verdicts: Sequence[Verdict]) -> dict[str, Judged]:
    """Figures of every field that is known of some clip."""
    given = {(verdict.id, verdict.field): verdict for verdict in verdicts}
    found: dict[str, Judged] = {}
    for name in FREE_TEXT:
        own = [question for question in questions if question.field == name]
        if own:
            found[name] = _of_field(
                own, {q.id: given[q.id, name] for q in own if (q.id, name) in given}
            )
    return found


def different(verdicts: Sequence[Verdict]) -> set[Texts]:
    """The different questions that were answered, readably or not."""
    return {verdict.texts for verdict in verdicts if verdict.error is None}


def spearman(values: Sequence[float], others: Sequence[float]) -> float | None:
    """Rank correlation, ties at the mean of their ranks; None where one side never varies."""
    from scipy.stats import rankdata

    if len(set(values)) < 2 or len(set(others)) < 2:
        return None
    return correlation(rankdata(values).tolist(), rankdata(others).tolist())


def _of_field(questions: Sequence[Question], verdicts: Mapping[str, Verdict]) -> Judged:
    read = [
        (question, verdict.score)
        for question in questions
        if (verdict := verdicts.get(question.id)) and verdict.score is not None
    ]
    settled = [(q, q.settled) for q in questions if q.settled is not None]
    scored = [(question, score / FULL_SCORE) for question, score in (*settled, *read)]
    value, local, bounds = None, None, None
    if scored:
        value = fmean(score for _, score in scored)
        local = fmean(question.local for question, _ in scored)
        bounds = _interval(scored)
    return Judged(
        n=len(scored),
        value=value,
        low=bounds.low if bounds else None,
        high=bounds.high if bounds else None,
        local=local,
        unread=sum(v.score is None and v.error is None for v in verdicts.values()),
        failed=sum(v.error is not None for v in verdicts.values()),
        settled_full=sum(score == FULL_SCORE for _, score in settled),
        settled_zero=sum(score == 0 for _, score in settled),
        judged=len(read),
        spearman=spearman([score for _, score in read], [question.local for question, _ in read]),
    )


def _interval(scored: Sequence[tuple[Question, float]]) -> Interval:
    return cluster_bootstrap_interval(
        [score for _, score in scored], [question.cluster for question, _ in scored], SEED
    )
