"""How often the records are right, by attribute, from what people judged.

Several judges of one attribute of one clip count once: it is right if more than half of those who
could tell say so. A tie counts as wrong.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from uas_pipeline.audit.agreement import PairAgreement, agreements
from uas_pipeline.audit.attributes import CLOSED, attribute_texts, claimed, value_of
from uas_pipeline.audit.judgements import Judgements, Verdict
from uas_pipeline.audit.sample import Sample
from uas_schema.records import Knowledge, KnownField
from uas_schema.scoring import wilson_interval
from uas_schema.strict import Strict

_HOW_KNOWN: tuple[Knowledge, ...] = ("truth", "evidence")


class Accuracy(Strict):
    """Share of what was judged that is right; 95 % interval of Wilson. Null without judgements."""

    right: int
    judged: int
    accuracy: float | None
    low: float
    high: float


class CorpusAccuracy(Strict):
    """The share in all records that the sample was drawn from.

    Clips count by the inverse of their probability to be drawn (Hajek 1971). The interval is
    Wilson's at the effective number of clips (Kish 1965).
    """

    accuracy: float | None
    effective: float
    low: float
    high: float


class AttributeScore(Strict):
    """One attribute.

    ``asked`` clips claim something, of which ``cannot_tell`` were judged and none could tell.
    ``disputed`` are right for one judge and wrong for another. ``corrections``: value of the
    record -> true value -> judgements.
    """

    asked: int
    sample: Accuracy
    corpus: CorpusAccuracy
    cannot_tell: int
    cannot_tell_share: float | None
    disputed: int
    known: Mapping[Knowledge, Accuracy]
    corrections: Mapping[str, Mapping[str, int]]


class Score(Strict):
    """Figures of an audit. ``judges``: judgements by judge."""

    sample: str
    seed: int
    records: int
    clips: int
    judges: Mapping[str, int]
    attributes: Mapping[KnownField, AttributeScore]
    agreement: tuple[PairAgreement, ...]


@dataclass(frozen=True)
class _Judged:
    """What judges say of one attribute of one clip."""

    verdict: Verdict
    disputed: bool
    known: Knowledge
    weight: float

    @property
    def right(self) -> bool:
        return self.verdict == "right"


def score(sample: Sample, files: Sequence[Judgements]) -> Score:
    """Figures of judgements that ``read_judgements`` has checked."""
    return Score(
        sample=sample.id,
        seed=sample.seed,
        records=sample.records,
        clips=len(sample.items),
        judges={file.judge: len(file.judgements) for file in files},
        attributes={name: _attribute(name, sample, files) for name in attribute_texts()},
        agreement=tuple(agreements(files)),
    )


def _attribute(name: KnownField, sample: Sample, files: Sequence[Judgements]) -> AttributeScore:
    judged = list(_judged(name, sample, files))
    told = [one for one in judged if one.verdict != "cannot_tell"]
    return AttributeScore(
        asked=sum(name in claimed(item.record) for item in sample.items),
        sample=_accuracy(told),
        corpus=_corpus_accuracy(told),
        cannot_tell=len(judged) - len(told),
        cannot_tell_share=(len(judged) - len(told)) / len(judged) if judged else None,
        disputed=sum(one.disputed for one in judged),
        known={how: _accuracy([one for one in told if one.known == how]) for how in _HOW_KNOWN},
        corrections=_corrections(name, sample, files),
    )


def _judged(name: KnownField, sample: Sample, files: Sequence[Judgements]) -> Iterable[_Judged]:
    verdicts: dict[str, list[Verdict]] = defaultdict(list)
    for file in files:
        for judgement in file.judgements:
            if judgement.attribute == name:
                verdicts[judgement.item].append(judgement.verdict)
    for item in sample.items:
        if given := verdicts.get(item.key):
            yield _Judged(
                verdict=_majority(given),
                disputed={"right", "wrong"} <= set(given),
                known=item.record.known[name],
                weight=1 / item.probability,
            )


def _majority(verdicts: Sequence[Verdict]) -> Verdict:
    right, wrong = verdicts.count("right"), verdicts.count("wrong")
    if not right and not wrong:
        return "cannot_tell"
    return "right" if right > wrong else "wrong"


def _accuracy(told: Sequence[_Judged]) -> Accuracy:
    right = sum(one.right for one in told)
    interval = wilson_interval(right, len(told))
    return Accuracy(right=right, judged=len(told), accuracy=right / len(told) if told else None,
                    low=interval.low, high=interval.high)  # fmt: skip


def _corpus_accuracy(told: Sequence[_Judged]) -> CorpusAccuracy:
    if not told:
        return CorpusAccuracy(accuracy=None, effective=0.0, low=0.0, high=1.0)
    total = sum(one.weight for one in told)
    share = min(1.0, sum(one.weight for one in told if one.right) / total)
    effective = total**2 / sum(one.weight**2 for one in told)
    interval = wilson_interval(share * effective, effective)
    return CorpusAccuracy(accuracy=share, effective=effective, low=interval.low, high=interval.high)


def _corrections(
    name: KnownField, sample: Sample, files: Sequence[Judgements]
) -> dict[str, dict[str, int]]:
    if name not in CLOSED:
        return {}
    records = {item.key: item.record for item in sample.items}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for judgement in (one for file in files for one in file.judgements):
        if judgement.attribute == name and judgement.correction is not None:
            counts[str(value_of(records[judgement.item], name))][judgement.correction] += 1
    return {value: dict(counts[value]) for value in sorted(counts)}
