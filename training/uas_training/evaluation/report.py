"""Figures as Markdown: one table per kind, every value with its interval and its yardstick."""

from collections.abc import Mapping
from typing import Any


def markdown(title: str, report: Mapping[str, Any]) -> str:
    """The report of one run as a page."""
    lines = [f"# {title}", "", f"Command: `{report['command']}`", ""]
    lines.append(f"{report['clips']} clips. Intervals: 95 %, bootstrap over speakers.")
    if documents := report.get("documents"):
        lines += ["", "## Documents", "", *_document_lines(documents)]
    if groups := report.get("groups"):
        lines += ["", "## Groups of voiced clips", "", *_group_lines(groups)]
    if questions := report.get("questions"):
        lines += ["", "## Questions", "", *_question_lines(questions)]
    return "\n".join(lines) + "\n"


def _document_lines(figures: Mapping[str, Any]) -> list[str]:
    rows = {"voice or no voice": figures["voice"], **figures["closed"]}
    rows |= {f"emotion, {name}": score for name, score in figures["emotion_by_corpus"].items()}
    rows |= {"age, simulated": figures["age_simulated"], **figures["levels"]}
    lines = [
        "| field | clips | right | 95 % | macro recall | majority |",
        "|---|---|---|---|---|---|",
    ]
    lines += [score_line(name, score) for name, score in rows.items() if score]
    events = figures["events"]
    placed = events["placed"]
    lines += [
        "",
        f"Events ({events['n']} clips, {events['with_events']} with events): "
        f"F1 {events['f1']:.3f} ({events['low']:.3f} to {events['high']:.3f}), "
        f"precision {events['precision']:.3f}, "
        f"recall {events['recall']:.3f}; "
        f"always naming the commonest label {events['majority_f1']:.3f}. "
        "Nothing claimed where nothing is to be heard: "
        f"{_percent(events['nothing_claimed_without_events'])}; "
        f"in {events['silent_clips']} clips without voice: "
        f"{_percent(events['nothing_claimed_in_silence'])}. "
        f"Of placed sounds: {placed['hits']} of {placed['labels']} labels named in {placed['n']} "
        f"clips, F1 {placed['f1']:.3f}.",
        *_event_lines("quietest sound beside the speech", events["by_snr"]),
        *_event_lines("sounds at once", events["by_polyphony"]),
        *_calibration_lines(figures["calibration"]),
        *_free_text_lines(figures["free_text"]),
        "",
        f"Valid documents: {_percent(figures['valid'])}. Documents that break a rule: "
        f"{figures['rule_breaks']}. Fields with text on voiced clips: "
        + ", ".join(f"{name} {_percent(value)}" for name, value in figures["filled"].items())
        + f". Seconds per clip: {figures['seconds']:.2f}.",
        "",
        "| language | clips | WER | 95 % | CER |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {language} | {t['n']} | {t['wer']:.3f} | {t['low']:.3f} to {t['high']:.3f} | "
        f"{t['cer']:.3f} |"
        for language, t in figures["transcript"].items()
    ]
    return lines


def _group_lines(groups: Mapping[str, Mapping[str, Any]]) -> list[str]:
    lines = [
        "| by | group | clips | speakers | age | gender | emotion | WER |",
        "|---|---|---|---|---|---|---|---|",
    ]
    return lines + [
        f"| {by} | {name} | {g['clips']} | {g['speakers']} | {_value(g['age'])} | "
        f"{_value(g['gender'])} | {_value(g['emotion'])} | "
        + ", ".join(f"{language} {t['wer']:.3f}" for language, t in g["transcript"].items())
        + " |"
        for by, named in groups.items()
        for name, g in named.items()
    ]


def _value(score: Mapping[str, Any] | None) -> str:
    return f"{score['value']:.3f}" if score else "-"


def _event_lines(name: str, groups: Mapping[str, Any]) -> list[str]:
    """Table of event scores by one kind of bin; nothing without clips."""
    if not groups:
        return []
    rows = [
        f"| {group} | {f['n']} | {f['f1']:.3f} | {f['precision']:.3f} | {f['recall']:.3f} |"
        for group, f in groups.items()
    ]
    return ["", f"| {name} | clips | F1 | precision | recall |", "|---|---|---|---|---|", *rows]


def _calibration_lines(fields: Mapping[str, Any]) -> list[str]:
    """Table of calibration errors; nothing where the model gave no probabilities."""
    if not fields:
        return []
    rows = [
        f"| {name} | {f['n']} | {f['confidence']:.3f} | {f['right']:.3f} | {f['ece']:.3f} |"
        for name, f in fields.items()
    ]
    head = "| probabilities | clips | mean | right | calibration error |"
    return ["", head, "|---|---|---|---|---|", *rows]


def _free_text_lines(fields: Mapping[str, Any]) -> list[str]:
    """Table of agreements with the truth; nothing where no free text is known."""
    rows = [
        f"| {name} | {f['n']} | {f['value']:.3f} | {f['low']:.3f} to {f['high']:.3f} | "
        f"{f['majority']:.3f} |"
        for name, f in fields.items()
        if f
    ]
    head = "| free text | clips | agreement | 95 % | commonest text |"
    return ["", head, "|---|---|---|---|---|", *rows] if rows else []


def score_line(name: str, score: Mapping[str, Any]) -> str:
    """One row: name, clips, share, interval, macro recall, majority."""
    return (
        f"| {name} | {score['n']} | {score['value']:.3f} | {score['low']:.3f} to "
        f"{score['high']:.3f} | {score['macro_recall']:.3f} | {score['majority']:.3f} |"
    )


def _question_lines(figures: Mapping[str, Any]) -> list[str]:
    lines = ["| questions | asked | right | 95 % |", "|---|---|---|---|"]
    return lines + [
        f"| {name} | {s['n']} | {s['value']:.3f} | {s['low']:.3f} to {s['high']:.3f} |"
        for name, s in figures.items()
    ]


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{100 * share:.1f} %"
