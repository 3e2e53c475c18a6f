"""The Markdown page of the figures, and the picture of the curves."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from planted_errors.kinds import KINDS
from planted_errors.planting import Proof
from planted_errors.report import Curve, HalfReport, KindFigures, Share, all_gold, pooled

_COLUMNS = 4
_DOCS = {kind.name: (kind.plant.__doc__ or "").strip() for kind in KINDS}


def write_page(reports: Sequence[HalfReport], command: str, folder: Path) -> None:
    """Write ``README.md`` and ``roc.svg``: the halves beside each other."""
    text = "\n".join(_lines(reports, command)) + "\n"
    (folder / "README.md").write_text(text, encoding="utf-8")
    draw(reports, folder / "roc.svg")


def _lines(reports: Sequence[HalfReport], command: str) -> Iterator[str]:
    yield "# Planted errors"
    yield ""
    yield "What validation catches of errors that were planted without sight of its checks."
    yield "Misses and thresholds were looked at on the open half of the gold alone. Intervals are"
    yield "Wilson's, 95 %."
    yield ""
    for report in reports:
        yield f"- `{command} --half {report.half} --count {report.count} --seed {report.seed}`"
    yield ""
    yield "## Gold that is rejected"
    yield ""
    yield from _table(("gold", *(report.half for report in reports)), _gold_rows(reports))
    titles: tuple[tuple[Proof, str], ...] = (
        ("deterministic", "Deterministic kinds"),
        ("evidence", "Evidence-based kinds"),
    )
    for proof, title in titles:
        yield ""
        yield f"## {title}"
        yield ""
        yield "Caught by the level meant, by what the gold itself does not fail."
        yield ""
        heads = ("kind", "level meant", *(report.half for report in reports), "what is planted")
        yield from _table(heads, _kind_rows(reports, proof))
    yield ""
    yield "## Thresholds moved"
    yield ""
    yield "Validation says yes or no, so its thresholds are moved, with only the checks of"
    yield "`benchmarks/planted_errors/data/sweeps.yaml` running. The threshold is the one that"
    yield "catches most at no more than 1 % of the open half's gold."
    yield ""
    heads = ("kind", *(f"{report.half}: area, caught, gold rejected" for report in reports))
    yield from _table(heads, _curve_rows(reports))
    yield ""
    yield "![Curves of the evidence-based kinds](roc.svg)"


def _gold_rows(reports: Sequence[HalfReport]) -> Iterator[tuple[str, ...]]:
    for name in reports[0].gold:
        yield name, *(_shown(report.gold[name].rejected) for report in reports)
    yield "all", *(_shown(all_gold(report.gold)) for report in reports)
    yield "by check", *(_checks(report) for report in reports)


def _checks(report: HalfReport) -> str:
    counts: dict[str, int] = {}
    for figures in report.gold.values():
        for check, count in figures.checks.items():
            counts[check] = counts.get(check, 0) + count
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"`{check}` {count}" for check, count in ordered) or "none"


def _kind_rows(reports: Sequence[HalfReport], proof: Proof) -> Iterator[tuple[str, ...]]:
    by_half = [[kind for kind in report.kinds if kind.proof == proof] for report in reports]
    for rows in zip(*by_half, strict=True):
        first = rows[0]
        yield f"`{first.kind}`", first.level, *(map(_caught, rows)), _DOCS[first.kind]
    if proof == "deterministic":
        levels = dict.fromkeys(kind.level for kind in by_half[0])
        for level in levels:
            chosen = [[kind for kind in kinds if kind.level == level] for kinds in by_half]
            yield "all of the level", level, *(_shown(pooled(kinds)) for kinds in chosen), ""
        yield "all", "", *(_shown(pooled(kinds)) for kinds in by_half), ""


def _caught(kind: KindFigures) -> str:
    elsewhere = kind.caught_anywhere.count - kind.caught.count
    return _shown(kind.caught) + (f"; other levels {elsewhere}" if elsewhere else "")


def _curve_rows(reports: Sequence[HalfReport]) -> Iterator[tuple[str, ...]]:
    for curves in zip(*(report.curves for report in reports), strict=True):
        yield f"`{curves[0].kind}`", *map(_curve_shown, curves)


def _curve_shown(curve: Curve) -> str:
    point = curve.chosen
    caught, rejected = round(point.caught * curve.planted), round(point.gold_rejected * curve.gold)
    return (
        f"{curve.area:.3f}; {_shown(Share.make(caught, curve.planted))}; {rejected} of {curve.gold}"
    )


def _shown(share: Share) -> str:
    if share.of == 0:
        return "none planted"
    return (
        f"{100 * share.value:.1f} % of {share.of} ({100 * share.low:.1f} to {100 * share.high:.1f})"
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield f"| {' | '.join(row)} |"


def draw(reports: Sequence[HalfReport], path: Path) -> None:
    """One panel a kind, one line a half."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    kinds = [curve.kind for curve in reports[0].curves]
    rows = -(-len(kinds) // _COLUMNS)
    with mpl.rc_context({"svg.hashsalt": "uas", "font.size": 7}):
        figure = Figure(figsize=(2.4 * _COLUMNS, 2.2 * rows), layout="constrained")
        panels = figure.subplots(rows, _COLUMNS, squeeze=False).flat
        for panel, kind in zip(panels, kinds, strict=False):
            for report in reports:
                curve = next(one for one in report.curves if one.kind == kind)
                points = sorted((p.gold_rejected, p.caught) for p in curve.points)
                panel.step(*zip(*points, strict=True), where="post", label=report.half)
            panel.axvline(0.01, linewidth=0.5, color="grey")
            panel.set(title=kind, xlim=(0, 0.2), ylim=(0, 1), xlabel="gold rejected")
        for panel in list(panels):
            panel.set_axis_off()
        figure.axes[0].set_ylabel("caught")
        figure.axes[0].legend()
        figure.savefig(path, format="svg", metadata={"Date": None})
