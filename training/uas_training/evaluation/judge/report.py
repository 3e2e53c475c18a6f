"""The figures of a judge as a page."""

from collections.abc import Mapping
from typing import Any

_HEAD = (
    "field", "clips", "judge", "95 %", "local measure", "unread", "failed", "10 without asking",
    "0 without asking", "judged", "Spearman",
)  # fmt: skip


def markdown(title: str, report: Mapping[str, Any]) -> str:
    """The report of one judge as Markdown."""
    lines = [
        f"# {title}",
        "",
        f"Command: `{report['command']}`",
        "",
        f"Judge `{report['judge']}`, prompt {report['prompt']}, temperature 0. "
        f"{report['described']} clips, {report['different']} different questions answered.",
        "",
        "Judge: mean score over ten, with its 95 % interval by bootstrap over speakers. Local "
        "measure: its mean on the same clips. Replies that cannot be read and requests that failed "
        "count in neither. Spearman: between the two, over the judged clips.",
        "",
        "| " + " | ".join(_HEAD) + " |",
        "|---" * len(_HEAD) + "|",
        *(_row(name, figures) for name, figures in report["fields"].items()),
    ]
    return "\n".join(lines) + "\n"


def _row(name: str, f: Mapping[str, Any]) -> str:
    interval = "-" if f["low"] is None else f"{f['low']:.3f} to {f['high']:.3f}"
    cells = (
        name, f["n"], _number(f["value"]), interval, _number(f["local"]), f["unread"], f["failed"],
        f["settled_full"], f["settled_zero"], f["judged"], _number(f["spearman"]),
    )  # fmt: skip
    return "| " + " | ".join(map(str, cells)) + " |"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
