"""How two runs differ on the same clips: every figure's difference with its interval.

The runs are paired: a draw of speakers is the same in both, so what is hard for both does not widen
the interval.
"""

from collections.abc import Callable, Sequence
from statistics import fmean
from typing import TypedDict, TypeVar

from uas_schema.records import KnownField
from uas_schema.scoring import cluster_bootstrap_interval, wer
from uas_training.config import RewardWeights
from uas_training.evaluation.fields import CLOSED, LEVELS, VOICE, Reading, compared
from uas_training.evaluation.free_text import agreed, knowing
from uas_training.evaluation.metrics import (
    SEED,
    error_rate,
    event_scores,
    knowing_events,
    micro_f1,
    question_hits,
    texts_of,
)
from uas_training.evaluation.pairs import Pair
from uas_training.rewards.free_text import FREE_TEXT
from uas_training.rewards.table import score
from uas_training.rewards.task import Reply, Task

HEARD = "questions on what is heard"
REWARD = "reward of documents"
WORDS: KnownField = "transcription"

ItemT = TypeVar("ItemT")
Sides = tuple[Sequence[Pair], Sequence[Pair]]
"""The same records in the same order, as two runs described them."""


class Difference(TypedDict):
    """A figure of both runs, and ``run`` less ``base`` with its bounds. ``n`` clips."""

    n: int
    run: float
    base: float
    value: float
    low: float
    high: float


def compare(run: Sequence[Pair], base: Sequence[Pair]) -> dict[str, Difference]:
    """Every figure that both runs have, by name, over the clips that both heard.

    Of WER less is better, of everything else more.
    """
    shared = {pair.record.id for pair in run} & {pair.record.id for pair in base}
    sides = _part((run, base), lambda pair: pair.record.id in shared)
    found = _documents(sides) if all(any(p.item.text for p in side) for side in sides) else {}
    answers, others = (_heard(side) for side in sides)
    if answers and others:
        hits, base_hits = ([hit for hit, _ in side] for side in (answers, others))
        found[HEARD] = difference_of_hits(hits, base_hits, [cluster for _, cluster in answers])
    return found


def _documents(sides: Sides) -> dict[str, Difference]:
    voiced = _part(sides, lambda pair: pair.record.document.has_voice)
    hits = {"valid": _hits(sides, lambda pair: pair.document is not None)}
    hits["voice"] = _read(sides, VOICE)
    hits |= {name: _read(voiced, reading) for name, reading in {**CLOSED, **LEVELS}.items()}
    hits |= {f"free text, {name}": _agreed(sides, name) for name in FREE_TEXT}
    corpora = sorted({p.corpus for p in voiced[0] if p.record.known["emotion"] == "truth"})
    for corpus in corpora:
        hits[f"emotion, {corpus}"] = _read(_part(voiced, _of_corpus(corpus)), CLOSED["emotion"])
    found = {name: _difference(*counted, fmean) for name, counted in hits.items() if counted[0]}
    rewards = [[_reward(pair) for pair in side] for side in sides]
    found[REWARD] = _difference(_zip(rewards), _clusters(sides), fmean)
    found |= _events(sides)
    for language in sorted({pair.record.language for pair in voiced[0]}):
        own = _part(voiced, _of_language(language))
        words = [[wer(*texts_of(pair), language) for pair in side] for side in own]
        found[f"WER, {language}"] = _difference(_zip(words), _clusters(own), error_rate)
    return found


def comparison_page(title: str, command: str, differences: dict[str, Difference]) -> str:
    """The differences as a page."""
    lines = [
        f"# {title}",
        "",
        f"Command: `{command}`",
        "",
        "Intervals: 95 %, bootstrap over speakers, both runs drawn together.",
        "",
        "| figure | n | run | base | difference | 95 % |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {d['n']} | {d['run']:.3f} | {d['base']:.3f} | {d['value']:+.3f} | "
        f"{d['low']:+.3f} to {d['high']:+.3f} |"
        for name, d in differences.items()
    ]
    return "\n".join(lines) + "\n"


def difference_of_hits(
    hits: Sequence[float], base: Sequence[float], clusters: Sequence[str]
) -> Difference:
    """Difference of two shares on the same questions."""
    return _difference(_zip([hits, base]), clusters, fmean)


def _heard(side: Sequence[Pair]) -> list[tuple[float, str]]:
    """Right or not, and the speaker, of every question whose answer is not in the words."""
    return [(hit, cluster) for _, name, hit, cluster in question_hits(side) if name != WORDS]


def _reward(pair: Pair) -> float:
    """What stage ``grpo`` would give for the document, in [0, 1], by its weights as they ship."""
    scores = score(Reply.read(pair.item.text), Task(pair.record))
    return scores.total(RewardWeights().model_dump())


def _events(sides: Sides) -> dict[str, Difference]:
    known = [knowing_events(side) for side in sides]
    if not known[0]:
        return {}
    scores = [event_scores(side) for side in known]
    clips = [pair.record.id for pair in known[0]]
    return {"events, F1": _difference(_zip(scores), clips, micro_f1)}


def _difference(
    items: Sequence[tuple[ItemT, ItemT]],
    clusters: Sequence[str],
    figure: Callable[[Sequence[ItemT]], float],
) -> Difference:
    """Difference of a figure of all items; an item holds what both runs did on one clip."""

    def sides_of(drawn: Sequence[tuple[ItemT, ItemT]]) -> tuple[float, float]:
        return figure([run for run, _ in drawn]), figure([base for _, base in drawn])

    def statistic(drawn: Sequence[tuple[ItemT, ItemT]]) -> float:
        run, base = sides_of(drawn)
        return run - base

    interval = cluster_bootstrap_interval(items, clusters, SEED, statistic=statistic)
    run, base = sides_of(items)
    return Difference(
        n=len(items), run=run, base=base, value=run - base, low=interval.low, high=interval.high
    )


def _read(sides: Sides, reading: Reading) -> tuple[list[tuple[float, float]], list[str]]:
    found = [compared(side, reading) for side in sides]
    right = [[float(one.said == one.true) for one in side] for side in found]
    return _zip(right), [one.cluster for one in found[0]]


def _agreed(sides: Sides, name: KnownField) -> tuple[list[tuple[float, float]], list[str]]:
    run, base = (knowing(side, name) for side in sides)
    values = [[agreed(pair, name) for pair in side] for side in (run, base)]
    return _zip(values), _clusters((run, base))


def _hits(
    sides: Sides, is_right: Callable[[Pair], bool]
) -> tuple[list[tuple[float, float]], list[str]]:
    right = [[float(is_right(pair)) for pair in side] for side in sides]
    return _zip(right), _clusters(sides)


def _part(sides: Sides, belongs: Callable[[Pair], bool]) -> Sides:
    run, base = ([pair for pair in side if belongs(pair)] for side in sides)
    return run, base


def _of_corpus(name: str) -> Callable[[Pair], bool]:
    return lambda pair: pair.corpus == name


def _of_language(name: str) -> Callable[[Pair], bool]:
    return lambda pair: pair.record.language == name


def _clusters(sides: Sides) -> list[str]:
    return [pair.cluster for pair in sides[0]]


def _zip(sides: Sequence[Sequence[ItemT]]) -> list[tuple[ItemT, ItemT]]:
    return list(zip(*sides, strict=True))
