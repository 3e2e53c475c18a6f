"""Plant every kind in one half of the gold, judge, and move thresholds."""

import json
from collections.abc import Sequence

from planted_errors.gold import Half, JsonObject
from planted_errors.judging import judge, judge_gold
from planted_errors.kinds import KINDS
from planted_errors.planting import Kind, plant
from planted_errors.report import Curve, GoldFigures, HalfReport, KindFigures
from planted_errors.sweep import area, best_at, curve, load_sweeps, thresholds_at
from uas_pipeline.validate.config import validation_config
from uas_schema.records import Record

MOST_GOLD_REJECTED = 0.01


def measure(
    gold: Sequence[JsonObject],
    half: Half,
    *,
    count: int,
    seed: int,
    kinds: Sequence[Kind] = KINDS,
    chosen: HalfReport | None = None,
) -> HalfReport:
    """Figures of one half. Thresholds are chosen on it, or taken from the report ``chosen``."""
    config = validation_config()
    found, gold_scores = judge_gold(gold, config)
    scores = [judge(kind, plant(kind, gold, count, seed), found, config) for kind in kinds]
    return HalfReport(
        half=half,
        seed=seed,
        count=count,
        gold={name: GoldFigures.of(score) for name, score in gold_scores.items()},
        kinds=tuple(map(KindFigures.of, scores)),
        curves=tuple(_curves(gold, kinds, count, seed, chosen)),
    )


def _curves(
    gold: Sequence[JsonObject],
    kinds: Sequence[Kind],
    count: int,
    seed: int,
    chosen: HalfReport | None,
) -> list[Curve]:
    file, by_name = load_sweeps(), {kind.name: kind for kind in kinds}
    steps = {one.kind: one.chosen.step for one in chosen.curves} if chosen else {}
    records = [Record.model_validate_json(json.dumps(record)) for record in gold]
    spoken = [record for record in records if record.document.has_voice]
    curves = []
    for sweep in file.sweeps:
        beside = spoken if sweep.gold == "voice" else records
        for name in sweep.kinds:
            if name in by_name:
                planted = [
                    Record.model_validate_json(item.line)
                    for item in plant(by_name[name], gold, count, seed)
                ]
                points = curve(sweep, file.steps, planted, beside)
                step = steps.get(name, best_at(points, MOST_GOLD_REJECTED).step)
                curves.append(
                    Curve(
                        kind=name,
                        planted=len(planted),
                        gold=len(beside),
                        area=round(area(points), 4),
                        chosen=points[step],
                        thresholds=thresholds_at(sweep, file.steps, step),
                        points=tuple(points),
                    )
                )
    return curves
