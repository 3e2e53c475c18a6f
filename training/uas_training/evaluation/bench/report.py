"""The figures of a benchmark as a page: every share with its interval, beside its baselines."""

from collections.abc import Mapping
from typing import Any


def markdown(report: Mapping[str, Any], plot: str) -> str:
    """The report of one run as Markdown; ``plot`` is the file name of its picture."""
    conditions = report["conditions"]
    lines = [
        f"# {report['benchmark']}: {report['model']}",
        "",
        f"Command: `{report['command']}`",
        "",
        f"{report['questions']} questions, of which guessing gets {_percent(report['chance'])}; "
        f"clips are cut at {report['longest_s']:g} s. {_left_out(report['left_out'])}"
        "Intervals: 95 %, Wilson.",
        "",
        "| what is heard | rule | counted | left out | right | 95 % | failed |",
        "|---|---|---|---|---|---|---|",
    ]
    for condition, figures in conditions.items():
        for rule, found in figures["rules"].items():
            micro = found["micro"]
            lines.append(
                f"| {condition} | {rule} | {micro['n']} | {found['left']} | {_share(micro)} | "
                f"{_interval(micro)} | {figures['failed']} |"
            )
    if report["same_choice_when_shuffled"] is not None:
        lines += [
            "",
            "The same choice whatever the order: "
            f"{_percent(report['same_choice_when_shuffled'])} of the answered questions.",
        ]
    lines += ["", f"![Right answers by group]({plot})"]
    for rule in next(iter(conditions.values()))["rules"]:
        lines += _splits(rule, conditions)
    return "\n".join(lines) + "\n"


def _splits(rule: str, conditions: Mapping[str, Any]) -> list[str]:
    """One table per label: a row per group, a column per condition."""
    tallies = {name: figures["rules"][rule]["by"] for name, figures in conditions.items()}
    labels = dict.fromkeys(label for by in tallies.values() for label in by)
    lines = []
    for label in labels:
        splits = {name: by[label] for name, by in tallies.items() if label in by}
        groups = dict.fromkeys(g for split in splits.values() for g in split["groups"])
        lines += ["", f"## {rule}, by {label}", ""]
        lines += [f"| {label} | " + " | ".join(splits) + " |", "|---" * (len(splits) + 1) + "|"]
        for group in groups:
            cells = [_cell(split["groups"].get(group)) for split in splits.values()]
            lines.append(f"| {_plain(group)} | " + " | ".join(cells) + " |")
        means = [_percent(split["macro"]) for split in splits.values()]
        lines.append("| mean of the groups | " + " | ".join(means) + " |")
    return lines


def _cell(count: Mapping[str, Any] | None) -> str:
    return "-" if count is None else f"{_share(count)} ({_interval(count)}; {count['n']})"


def _share(count: Mapping[str, Any]) -> str:
    return _percent(count["value"]) if count["n"] else "-"


def _interval(count: Mapping[str, Any]) -> str:
    return f"{100 * count['low']:.1f} to {100 * count['high']:.1f}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _plain(text: str) -> str:
    """A value of the file inside a table."""
    return " ".join(text.split()).replace("|", "\\|")


def _left_out(reasons: Mapping[str, int]) -> str:
    if not reasons:
        return ""
    parts = ", ".join(f"{count} {_plain(reason)}" for reason, count in reasons.items())
    return f"No multiple choice, so not asked: {parts}. "
