"""The model card: from the weights' manifest, the logs of training and the reports of `uas eval`.

The text is ``card.md.j2``; every figure in it comes from a report, and a run that was not made is
said to be missing.
"""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import yaml

from uas_training.evaluation.energy import energy_of
from uas_training.evaluation.program import REPORT

MANIFEST = "weights.yaml"


def write_card(
    results: Path, weights: Path, variants: Path | None = None, *, watts: float | None = None
) -> Path:
    """Write ``README.md`` into the folder of the trained weights and return its path.

    Args:
        results: folder with one folder per run, each with its ``report.json``.
        weights: folder with ``weights.yaml`` and the logs of the stages.
        variants: the same as ``results``, of models that were trained on other data.
        watts: power of the machine that trained, with its share of the site; assumed if None.

    Raises:
        uas_schema.errors.DataError: a log has a line without minutes, or ``watts`` is not above 0.
    """
    manifest = yaml.safe_load((weights / MANIFEST).read_text(encoding="utf-8"))
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 (Markdown)
    )
    environment.filters |= {"score": _score, "percent": _percent}
    text = files("uas_training.evaluation").joinpath("card.md.j2").read_text(encoding="utf-8")
    page = environment.from_string(text).render(
        manifest=manifest,
        runs=read_reports(results),
        variants=read_reports(variants) if variants else {},
        size_mb=_size_mb(weights),
        energy=energy_of(weights, watts),
    )
    target = weights / "README.md"
    target.write_text(page.rstrip() + "\n", encoding="utf-8")
    return target


def read_reports(results: Path) -> dict[str, dict[str, Any]]:
    """Reports by the name of their run's folder."""
    return {
        path.parent.name: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(results.glob(f"*/{REPORT}"))
    }


def _size_mb(weights: Path) -> float:
    return sum(path.stat().st_size for path in weights.glob("*.safetensors")) / 1e6


def _score(score: dict[str, float] | None) -> str:
    """A share with its interval: "0.71 (0.64 to 0.77)"."""
    if score is None:
        return "not measured"
    return f"{score['value']:.2f} ({score['low']:.2f} to {score['high']:.2f})"


def _percent(share: float | None) -> str:
    return "not measured" if share is None else f"{100 * share:.0f} %"
