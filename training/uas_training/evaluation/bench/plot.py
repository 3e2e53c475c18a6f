"""Accuracy by group with intervals, and the baselines beside it, as one SVG."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

_ROW_INCHES = 0.32
_SPREAD = 0.5  # of a row, between the first condition and the last


def draw(report: Mapping[str, Any], label: str, target: Path) -> None:
    """Write the groups of ``label`` by the first rule; the first row is all questions."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "uas"  # the same figures give the same file
    from matplotlib.figure import Figure

    rule, rows = _rows(report, label)
    names = list(dict.fromkeys(name for values in rows.values() for name in values))
    figure = Figure(figsize=(8, 1.6 + _ROW_INCHES * len(names)), layout="constrained")
    axes = figure.subplots()
    for place, (condition, values) in enumerate(rows.items()):
        shift = _SPREAD * (place / max(1, len(rows) - 1) - 0.5)
        known = [(names.index(name) + shift, count) for name, count in values.items()]
        right = [count["value"] for _, count in known]
        bars = [
            [count["value"] - count["low"] for _, count in known],
            [count["high"] - count["value"] for _, count in known],
        ]
        heights = [height for height, _ in known]
        axes.errorbar(
            right, heights, xerr=bars, fmt="o", markersize=4, linewidth=1, label=condition
        )
    axes.axvline(report["chance"], color="grey", linestyle=":", linewidth=1, label="guessing")
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel(f"right, rule {rule}; 95 % intervals")
    axes.set_title(f"{report['benchmark']}: {report['model']}", fontsize=10)
    axes.grid(visible=True, axis="x", alpha=0.3)
    axes.legend(fontsize=7, loc="lower right")
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, metadata={"Date": None})


def _rows(report: Mapping[str, Any], label: str) -> tuple[str, dict[str, dict[str, Any]]]:
    """The first rule, and what to draw by condition and by group; empty groups are left out."""
    conditions = report["conditions"]
    rule = next(iter(next(iter(conditions.values()))["rules"]))
    rows = {}
    for condition, figures in conditions.items():
        found = figures["rules"][rule]
        groups = found["by"].get(label, {"groups": {}})["groups"]
        counts = {"all": found["micro"], **groups}
        rows[condition] = {name: count for name, count in counts.items() if count["n"]}
    return rule, rows
