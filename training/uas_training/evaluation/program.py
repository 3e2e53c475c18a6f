"""What `uas eval` does: load, run, score, and write the results."""

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from uas_cli.command import say
from uas_model.checkpoint import Checkpoint
from uas_model.draft import WhisperDrafter
from uas_model.load import load_encoder
from uas_schema.document import CLOSED_FIELDS
from uas_schema.records import Record
from uas_training.config import ConfigError
from uas_training.data.examples import Example, load_examples, read_manifests
from uas_training.evaluation.comparing import compare, comparison_page
from uas_training.evaluation.conditions import whisper_drafts
from uas_training.evaluation.groups import group_metrics
from uas_training.evaluation.items import read_items, run_items
from uas_training.evaluation.listeners import Listener, RunnerListener, StockListener
from uas_training.evaluation.metrics import (
    Score,
    document_metrics,
    question_metrics,
)
from uas_training.evaluation.options import RunOptions, Suite
from uas_training.evaluation.pairs import pair_up
from uas_training.evaluation.probe import features, probe
from uas_training.evaluation.reliability import draw as draw_reliability
from uas_training.evaluation.report import markdown, score_line
from uas_training.evaluation.selection import chosen

ITEMS, REPORT, PAGE = "items.jsonl", "report.json", "report.md"
RELIABILITY = "reliability.svg"


def run_model(
    model: Path, manifest: Path, output: Path, options: RunOptions
) -> tuple[dict[str, Any], Path]:
    """Run a model over the chosen records; goes on where an earlier run stopped."""
    import torch

    torch.set_num_threads(options.threads)
    records = _records(manifest, options.corpus, options.limit)
    examples = load_examples(records)
    drafts = {}
    if options.draft == "whisper":
        drafts = _drafts(model, output.parent, examples, options.threads)
    listener: Listener = (
        StockListener(model, options.temperature)
        if options.decoder == "transformers"
        else RunnerListener.load(model, options.precision)
    )
    items = run_items(listener, examples, drafts, options, output / ITEMS)
    pairs = pair_up(records, items)
    report: dict[str, Any] = {
        "command": run_command(model, manifest, output, options),
        "clips": len(pairs),
    }
    if options.documents:
        documents = document_metrics(pairs)
        report["documents"] = documents
        report["groups"] = group_metrics(pairs)
        if documents["calibration"]:
            draw_reliability(documents["calibration"], output / RELIABILITY)
    if options.questions:
        report["questions"] = question_metrics(pairs)
    _write(output, report, markdown(output.name, report))
    return report, output / PAGE


def run_suite(
    model: Path, manifest: Path, output: Path, suite: Suite
) -> tuple[dict[str, Any], Path]:
    """Every run and comparison of a suite, each in a folder of its name."""
    reports = {}
    for name, options in suite.runs.items():
        say(f"{name} ...")
        reports[name], _ = run_model(model, manifest, output / name, options)
    for name, pair in suite.comparisons.items():
        sides = (output / pair.run, output / pair.base)
        reports[name], _ = run_comparison(manifest, *sides, output / name)
    return reports, output


def run_probe(
    model: Path, train: Path, manifest: Path, output: Path
) -> tuple[dict[str, Any], Path]:
    """Fit linear probes on the training records and score them on the others."""
    encoder = load_encoder(model)
    sides = []
    for path in (train, manifest):
        records = [r for r in _records(path, None, None) if r.document.has_voice]
        records = [r for r in records if r.known["emotion"] == "truth" or r.known["age"] == "truth"]
        sides.append((records, features(encoder, load_examples(records))))
    scores: dict[str, Score | None] = {
        name: probe(name, sides[0], sides[1]) for name in CLOSED_FIELDS
    }
    for corpus in sorted({r.corpus for r in sides[1][0] if r.known["emotion"] == "truth"}):
        if "+" not in corpus:
            rows = [i for i, r in enumerate(sides[1][0]) if r.corpus == corpus]
            part = ([sides[1][0][i] for i in rows], sides[1][1][rows])
            scores[f"emotion, {corpus}"] = probe("emotion", sides[0], part)
    words = ["--model", model, "--train", train, "--manifest", manifest, "--output", output]
    report = {"command": _command("probe", words), "probes": scores}
    head = [
        "| field | clips | right | 95 % | macro recall | majority |",
        "|---|---|---|---|---|---|",
    ]
    rows_text = [score_line(name, score) for name, score in scores.items() if score]
    page = "\n".join([f"# Linear probes: {output.name}", "", *head, *rows_text]) + "\n"
    _write(output, report, page)
    return report, output / PAGE


def run_comparison(
    manifest: Path, run: Path, base: Path, output: Path
) -> tuple[dict[str, Any], Path]:
    """How one run differs from another on the same clips, figure by figure, with intervals.

    Raises:
        ConfigError: the runs have nothing in common that can be compared.
    """
    records = read_manifests([manifest])
    sides = [pair_up(records, read_items(folder / ITEMS)) for folder in (run, base)]
    differences = compare(*sides)
    if not differences:
        raise ConfigError(
            f"{run.name} and {base.name} have no documents or answers of the same clips of "
            f"{manifest.name}; give folders of runs on it"
        )
    words = ["--manifest", manifest, "--run", run, "--base", base, "--output", output]
    command = _command("compare", words)
    report = {"command": command, "differences": differences}
    _write(output, report, comparison_page(output.name, command, differences))
    return report, output / PAGE


def _records(manifest: Path, corpus: str | None, limit: int | None) -> list[Record]:
    records = read_manifests([manifest])
    if corpus is not None:
        known = sorted({record.corpus for record in records})
        if corpus not in known:
            raise ConfigError(f"no corpus {corpus!r} in {manifest.name}; use {', '.join(known)}")
        records = [record for record in records if record.corpus == corpus]
    return chosen(records, limit)


def _drafts(model: Path, folder: Path, examples: list[Example], threads: int) -> dict[str, str]:
    draft_model = Checkpoint.open(model).draft_path
    if draft_model is None:
        raise ConfigError(f"{model.name} has no draft model; use --draft none")
    drafter = WhisperDrafter(draft_model, threads=threads)
    return whisper_drafts(folder / "drafts.jsonl", examples, drafter)


def run_command(model: Path, manifest: Path, output: Path, options: RunOptions) -> str:
    """The command line that makes a run, without folders of this machine."""
    words: list[object] = ["--model", model, "--manifest", manifest, "--output", output]
    for name, value in options.model_dump(exclude_defaults=True).items():
        words += [f"--no-{name}"] if value is False else ["--" + name, value]
    return _command("run", words)


def _command(action: str, words: Sequence[object]) -> str:
    shown = [word.name if isinstance(word, Path) else str(word) for word in words]
    return shlex.join(["uas", "eval", action, *shown])


def _write(folder: Path, report: dict[str, Any], page: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    (folder / REPORT).write_text(text, encoding="utf-8")
    (folder / PAGE).write_text(page, encoding="utf-8")
