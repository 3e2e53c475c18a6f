"""The reliability plot: how often a value with some probability is right, by field, as one SVG."""

from collections.abc import Mapping
from pathlib import Path

from uas_training.evaluation.calibration import Calibration


def draw(fields: Mapping[str, Calibration], target: Path) -> None:
    """Write a curve per field with its intervals; the dotted diagonal is perfect calibration."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "uas"  # the same figures give the same file
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":", linewidth=1)
    for name, found in fields.items():
        bins = found["bins"]
        right = [one["right"] for one in bins]
        spread = [
            [one["right"] - one["low"] for one in bins],
            [one["high"] - one["right"] for one in bins],
        ]
        confidence = [one["confidence"] for one in bins]
        label = f"{name}, error {found['ece']:.3f}"
        axes.errorbar(confidence, right, yerr=spread, fmt="o-", markersize=3, label=label)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel("probability of the value that was said")
    axes.set_ylabel("share that is right")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize=8, loc="upper left")
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, metadata={"Date": None})
