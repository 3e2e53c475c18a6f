"""A sweep as one SVG: what came through, and how long it took, by load."""

from collections.abc import Mapping
from pathlib import Path

from load.figures import Summary


def draw(runs: Mapping[str, Mapping[float, Summary]], load_name: str, target: Path) -> None:
    """One line for each run; `load_name` says what it is by, such as "clients"."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "uas", "font.size": 8}):
        figure = Figure(figsize=(9, 3), layout="constrained")
        speed, first, whole = figure.subplots(1, 3)
        for name, by_load in runs.items():
            loads = sorted(by_load)
            rows = [by_load[load] for load in loads]
            speed.plot(loads, [row.rtfx for row in rows], marker="o", label=name)
            for axes, spans in (
                (first, [row.first for row in rows]),
                (whole, [row.took for row in rows]),
            ):
                (line,) = axes.plot(loads, [span.p50 for span in spans], marker="o", label=name)
                tops = [span.p99 for span in spans]
                axes.plot(loads, tops, marker="^", linestyle=":", color=line.get_color())
        speed.set(title="audio per time (RTFx)", xlabel=load_name, ylim=(0, None))
        first.set(title="first byte, s", xlabel=load_name, ylim=(0, None))
        whole.set(title="whole answer, s (p50; dotted p99)", xlabel=load_name, ylim=(0, None))
        speed.legend()
        target.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(target, format="svg", metadata={"Date": None})
