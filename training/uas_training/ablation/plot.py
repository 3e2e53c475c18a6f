"""Our arms beside the paper's, as one SVG: shapes to compare, not heights."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from uas_training.ablation.measuring import DOCUMENTS
from uas_training.ablation.questions import PERCEPTION, REASONING

_COLOURS = {"perception": "tab:blue", "reasoning": "tab:orange"}
_DOCUMENT_COLOUR = "tab:green"


def draw(report: Mapping[str, Any], target: Path) -> None:
    """Ours on the left: a dot per seed, means with intervals over speakers. The paper's right."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "uas"  # the same figures give the same file
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    ours, theirs = figure.subplots(1, 2)
    _draw_ours(ours, report)
    _draw_paper(theirs, report["paper"])
    for axes in (ours, theirs):
        axes.grid(visible=True, axis="y", alpha=0.3)
        axes.set_ylabel("right")
        axes.legend(fontsize=7, loc="lower right")
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, metadata={"Date": None})


def _draw_ours(axes: Any, report: Mapping[str, Any]) -> None:
    arms = report["arms"]
    shown = [name for name, testable in report["testable"].items() if testable]
    for name in (*shown, DOCUMENTS):
        places = [place for place, row in enumerate(arms.values()) if name in row["figures"]]
        figures = [row["figures"][name] for row in arms.values() if name in row["figures"]]
        if not figures:
            continue
        means = [figure["mean"] for figure in figures]
        # The mean of seeds and the bootstrap's bounds are made apart: none may be below zero here.
        bars = [
            [max(0.0, f["mean"] - f["over_speakers"][0]) for f in figures],
            [max(0.0, f["over_speakers"][1] - f["mean"]) for f in figures],
        ]
        colour, shape, label = _look(name)
        axes.errorbar(
            places, means, yerr=bars, fmt=shape, capsize=3, markersize=4, color=colour, label=label
        )
        dots = [
            (place, value)
            for place, figure in zip(places, figures, strict=True)
            for value in figure["seeds"].values()
        ]
        axes.plot(*zip(*dots, strict=True), "x", markersize=5, color=colour, alpha=0.6)
    axes.axhline(report["start"][PERCEPTION]["mean"], color="grey", label="start, perception")
    axes.axhline(
        report["odds"][PERCEPTION]["chance"], color="grey", linestyle=":", label="guessing"
    )
    axes.set_xticks(range(len(arms)), list(arms), rotation=30, ha="right")
    axes.set_title(f"here, {report['samples']} samples a run", fontsize=10)


def _look(name: str) -> tuple[str, str, str]:
    """Colour, shape and label of a figure; what not every arm has is not joined by lines."""
    if name == DOCUMENTS:
        return _DOCUMENT_COLOUR, "s", "closed fields of documents"
    return _COLOURS[PERCEPTION if name == PERCEPTION else REASONING], "o-", name


def _draw_paper(axes: Any, paper: Mapping[str, Any]) -> None:
    arms = paper["arms"]
    for name, colour in _COLOURS.items():
        values = [row[name] / 100 for row in arms.values()]
        axes.plot(range(len(arms)), values, "o-", markersize=4, color=colour, label=name)
    axes.set_xticks(range(len(arms)), list(arms))
    axes.set_title(paper["title"], fontsize=8)
