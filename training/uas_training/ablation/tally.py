"""From what every run said to one table: per seed, means, intervals, and gains between arms.

Two intervals, for two doubts. Over seeds: would another seed give the same (Student's t, 95 %).
Over speakers: would other speakers give the same (bootstrap of speakers, of clips where there is
none, over the answers of all seeds together).
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from statistics import fmean, stdev
from typing import TypedDict, TypeVar

import scipy.stats

from uas_schema.scoring import ErrorCount, cluster_bootstrap_interval
from uas_training.ablation.measuring import Measured
from uas_training.ablation.questions import PERCEPTION
from uas_training.evaluation.comparing import Difference, difference_of_hits

SEED, RESAMPLES = 0, 500
CONFIDENCE = 0.95
WER = "WER"

ItemT = TypeVar("ItemT")


class Summary(TypedDict):
    """One figure of one arm. Bounds are [low, high]; None where there is one seed only."""

    n: int
    seeds: dict[str, float]
    mean: float
    over_seeds: list[float] | None
    over_speakers: list[float]


def summaries(runs: Mapping[int, Measured]) -> dict[str, Summary]:
    """Every figure of an arm, by name; ``runs`` by seed."""
    names = dict.fromkeys(name for measured in runs.values() for name in measured.shares)
    found: dict[str, Summary] = {}
    for name in names:
        shares = {seed: measured.shares[name] for seed, measured in runs.items()}
        found[name] = _summary(
            {seed: fmean(one.value for one in scored) for seed, scored in shares.items()},
            [(one.value, one.cluster) for scored in shares.values() for one in scored],
            fmean,
        )
    found[WER] = _summary(
        {seed: _rate([one.errors for one in m.words]) for seed, m in runs.items()},
        [(one.errors, one.cluster) for m in runs.values() for one in m.words],
        _rate,
    )
    return found


def gains(runs: Mapping[str, Mapping[int, Measured]]) -> dict[str, Difference]:
    """How much better each arm perceives than each one before it, question by question.

    Only seeds that both have count; the interval is over speakers.
    """
    found = {}
    for base, arm in combinations(runs, 2):
        seeds = sorted(runs[base].keys() & runs[arm].keys())
        pairs = [
            (better, worse)
            for seed in seeds
            for better, worse in zip(
                runs[arm][seed].shares[PERCEPTION], runs[base][seed].shares[PERCEPTION], strict=True
            )
        ]
        if pairs:
            found[f"{arm} over {base}"] = difference_of_hits(
                [better.value for better, _ in pairs],
                [worse.value for _, worse in pairs],
                [better.cluster for better, _ in pairs],
            )
    return found


def seed_interval(values: Sequence[float]) -> list[float] | None:
    """Student's t interval of the mean; None of one value."""
    if len(values) < 2:
        return None
    quantile = float(scipy.stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1))
    half = quantile * stdev(values) / len(values) ** 0.5
    return [fmean(values) - half, fmean(values) + half]


def _summary(
    by_seed: Mapping[int, float],
    items: Sequence[tuple[ItemT, str]],
    statistic: Callable[[Sequence[ItemT]], float],
) -> Summary:
    interval = cluster_bootstrap_interval(
        [item for item, _ in items],
        [cluster for _, cluster in items],
        SEED,
        statistic=statistic,
        resamples=RESAMPLES,
    )
    values = [by_seed[seed] for seed in sorted(by_seed)]
    return Summary(
        n=len(items) // len(by_seed),
        seeds={str(seed): by_seed[seed] for seed in sorted(by_seed)},
        mean=fmean(values),
        over_seeds=seed_interval(values),
        over_speakers=[interval.low, interval.high],
    )


def _rate(counts: Sequence[ErrorCount]) -> float:
    return sum(counts, ErrorCount()).rate
