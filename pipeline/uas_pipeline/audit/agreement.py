"""How far two judges agree: the share of equal verdicts, and Cohen's kappa (Cohen 1960)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations

from uas_pipeline.audit.attributes import attribute_texts
from uas_pipeline.audit.judgements import Judgements, Verdict
from uas_schema.records import KnownField
from uas_schema.scoring import wilson_interval
from uas_schema.strict import Strict


class Agreement(Strict):
    """Verdicts on the same attribute of the same clips, "cannot tell" among them.

    ``low`` and ``high`` are of the share, 95 %. ``kappa`` is null where it says nothing: both
    judges gave one and the same verdict throughout, or nothing was judged by both.
    """

    both: int
    agree: int
    share: float | None
    low: float
    high: float
    kappa: float | None


class PairAgreement(Strict):
    """Agreement of two judges, over all attributes and by attribute."""

    judges: tuple[str, str]
    all_attributes: Agreement
    attributes: Mapping[KnownField, Agreement]


def agreements(files: Sequence[Judgements]) -> list[PairAgreement]:
    """Agreement of every two judges."""
    return [_pair(one, other) for one, other in combinations(files, 2)]


def agreement_of(pairs: Sequence[tuple[Verdict, Verdict]]) -> Agreement:
    """Agreement over pairs of verdicts on the same thing."""
    agree = sum(one == other for one, other in pairs)
    interval = wilson_interval(agree, len(pairs))
    return Agreement(
        both=len(pairs),
        agree=agree,
        share=agree / len(pairs) if pairs else None,
        low=interval.low,
        high=interval.high,
        kappa=_kappa(pairs, agree),
    )


def _kappa(pairs: Sequence[tuple[Verdict, Verdict]], agree: int) -> float | None:
    """Agreement beyond chance; whole numbers until the end, so that "undefined" is exact."""
    count = len(pairs)
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    by_chance = sum(first[verdict] * second[verdict] for verdict in first)
    if by_chance == count * count:
        return None
    return (agree * count - by_chance) / (count * count - by_chance)


def _pair(one: Judgements, other: Judgements) -> PairAgreement:
    first, second = _verdicts(one), _verdicts(other)
    shared = [where for where in first if where in second]
    return PairAgreement(
        judges=(one.judge, other.judge),
        all_attributes=agreement_of([(first[where], second[where]) for where in shared]),
        attributes={
            name: agreement_of([(first[w], second[w]) for w in shared if w[1] == name])
            for name in attribute_texts()
        },
    )


def _verdicts(file: Judgements) -> dict[tuple[str, KnownField], Verdict]:
    return {(one.item, one.attribute): one.verdict for one in file.judgements}
