"""Draw a stage's ``log.jsonl`` as one SVG: losses above, held-out figures below."""

import json
from collections import defaultdict
from pathlib import Path

Points = dict[str, list[tuple[int, float]]]
_NOT_CURVES = frozenset({"step", "epoch", "minutes", "of", "tokens"})


def read_log(path: Path) -> tuple[Points, Points]:
    """Training figures and held-out figures of a log, each as name -> [(step, value)]."""
    training: Points = defaultdict(list)
    held_out: Points = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        target = training if "loss" in entry else held_out
        for name, value in entry.items():
            if name not in _NOT_CURVES:
                target[name].append((entry["step"], value))
    return training, held_out


def draw(log: Path, target: Path, title: str) -> None:
    """Write the curves of ``log`` to ``target``; its suffix chooses the format."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "uas"  # the same log gives the same file
    from matplotlib.figure import Figure

    training, held_out = read_log(log)
    training.pop("norm", None)
    figure = Figure(figsize=(8, 7), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    for axes, points, label in ((above, training, "loss"), (below, held_out, "right, held out")):
        for name, values in sorted(points.items()):
            axes.plot(*zip(*values, strict=True), label=name, linewidth=1)
        axes.set_ylabel(label)
        axes.grid(visible=True, alpha=0.3)
        if points:
            axes.legend(fontsize=6, ncols=3)
    above.set_title(title)
    below.set_xlabel("step")
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, metadata={"Date": None})
