"""Markdown of summaries. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from load.figures import Interval, Quantiles, Summary

_COLUMNS = (
    "answered",
    "failed",
    "per s",
    "RTFx",
    "first byte p50, p95, p99, s",
    "whole p50, p95, p99, s",
    "client late p99, ms",
)


def summaries(first: str, rows: Mapping[str, Summary]) -> str:
    """One row each, under a first column of this name."""
    return table(
        [first, *_COLUMNS],
        (
            [
                name,
                str(row.good),
                str(row.failed),
                f"{row.per_s:.2f}",
                f"{row.rtfx:.2f}",
                _of(row.first),
                _of(row.took),
                f"{row.late.p99 * 1e3:.1f}",
            ]
            for name, row in rows.items()
        ),
    )


def interval(value: Interval) -> str:
    """The median and where it lies."""
    share = f"{100 * value.confidence:.1f} %"
    return f"{value.median:.3f} ({share} interval {value.low:.3f} to {value.high:.3f})"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _of(quantiles: Quantiles) -> str:
    return f"{quantiles.p50:.3f}, {quantiles.p95:.3f}, {quantiles.p99:.3f}"
