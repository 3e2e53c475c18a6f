"""The table of an ablation: everything as JSON, what matters as Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from uas_training.ablation.measuring import DOCUMENTS
from uas_training.ablation.questions import PERCEPTION, REASONING
from uas_training.ablation.tally import WER

NOT_TESTABLE = "not testable at this size"
_NONE = "-"


def markdown(report: Mapping[str, Any]) -> str:
    """The page: one table of arms, gains on perception, fields, and the paper's figures."""
    seeds = ", ".join(map(str, report["seeds"]))
    lines = [
        "# Supervision ablation",
        "",
        f"Command: `{report['command']}`",
        "",
        f"{report['samples']} samples a run, seeds {seeds}. All arms start from one model, hear "
        "the same clips and take the same steps. Intervals are 95 %: over seeds (Student's t), and "
        "over speakers (bootstrap; clips where there is no speaker).",
    ]
    for note in _notes(report):
        lines += ["", note]
    for name in _groups(report):
        lines += ["", f"## {name.capitalize()}", "", *_share_lines(report, name)]
    lines += ["", "## Gains on perception", "", *_gain_lines(report["gains"])]
    lines += ["", "## Closed fields of documents", "", *_table(report, DOCUMENTS)]
    lines += ["", "## Word error rate", "", *_table(report, WER)]
    lines += ["", "## By field", "", *_field_lines(report)]
    lines += ["", "## The paper", "", *_paper_lines(report["paper"])]
    return "\n".join(lines) + "\n"


def _notes(report: Mapping[str, Any]) -> list[str]:
    """Arms with twice the steps, and runs that are not there."""
    notes = [
        f"`{arm}` goes on from the runs of `{row['after']}`: it hears their clips once more."
        for arm, row in report["arms"].items()
        if row["after"]
    ]
    if report["missing"]:
        notes.append(f"Not run yet: {', '.join(report['missing'])}.")
    return notes


def _groups(report: Mapping[str, Any]) -> list[str]:
    return [PERCEPTION, *(name for name in report["odds"] if name.startswith(REASONING))]


def _share_lines(report: Mapping[str, Any], name: str) -> list[str]:
    odds, start = report["odds"][name], report["start"][name]
    head = (
        f"{odds['n']} questions. Guessing: {_share(odds['chance'])}; always the commonest answer: "
        f"{_share(odds['blind'])}; the start of all arms: {_share(start['mean'])} "
        f"({_bounds(start['over_speakers'])})."
    )
    if not report["testable"][name]:
        return [head, "", f"The start is not above guessing: {NOT_TESTABLE}."]
    return [head, "", *_table(report, name)]


def _table(report: Mapping[str, Any], name: str) -> list[str]:
    """One row per arm: every seed, mean, both intervals, and tokens of a clip's answers."""
    seeds = [str(seed) for seed in report["seeds"]]
    lines = [
        "| arm | answer tokens a clip | "
        + " | ".join(f"seed {seed}" for seed in seeds)
        + " | mean | over seeds | over speakers |",
        "|---" * (len(seeds) + 5) + "|",
    ]
    for arm, row in report["arms"].items():
        figure = row["figures"].get(name)
        if figure is not None:
            values = [_share(figure["seeds"].get(seed)) for seed in seeds]
            lines.append(
                f"| {arm} | {row['answer_tokens']:.1f} | {' | '.join(values)} | "
                f"{_share(figure['mean'])} | {_bounds(figure['over_seeds'])} | "
                f"{_bounds(figure['over_speakers'])} |"
            )
    return lines


def _gain_lines(gains: Mapping[str, Mapping[str, float]]) -> list[str]:
    lines = ["| arms | answers | gain | over speakers |", "|---|---|---|---|"]
    return lines + [
        f"| {name} | {g['n']} | {g['value']:+.3f} | {g['low']:+.3f} to {g['high']:+.3f} |"
        for name, g in gains.items()
    ]


def _field_lines(report: Mapping[str, Any]) -> list[str]:
    """Means per arm of every field, as asked and as written in documents."""
    arms = report["arms"]
    names = dict.fromkeys(
        name
        for row in arms.values()
        for name in row["figures"]
        if name.startswith((f"{PERCEPTION}, ", f"{DOCUMENTS}, "))
    )
    lines = [f"| field | n | {' | '.join(arms)} |", "|---" * (len(arms) + 2) + "|"]
    for name in sorted(names, reverse=True):
        figures = [row["figures"].get(name) for row in arms.values()]
        count = next(figure["n"] for figure in figures if figure)
        means = " | ".join(_share(figure["mean"]) if figure else _NONE for figure in figures)
        lines.append(f"| {name} | {count} | {means} |")
    return lines


def _paper_lines(paper: Mapping[str, Any]) -> list[str]:
    table = "" if paper["table"] is None else f", table {paper['table']}"
    lines = [f"{paper['title']}{table}. {paper['source']}", ""]
    lines += ["| arm | perception | reasoning |", "|---|---|---|"]
    for arm, row in paper["arms"].items():
        about = "about " if row["rounded"] else ""
        lines.append(f"| {arm} | {about}{row['perception']} | {about}{row['reasoning']} |")
    return lines


def _share(value: float | None) -> str:
    return _NONE if value is None else f"{value:.3f}"


def _bounds(bounds: Sequence[float] | None) -> str:
    return _NONE if bounds is None else f"{bounds[0]:.3f} to {bounds[1]:.3f}"
