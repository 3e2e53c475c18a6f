"""What `uas eval` does: load, run, score, and write the results."""

import argparse
import json
import shlex
from pathlib import Path
from typing import Any

from uas_model.checkpoint import Checkpoint
from uas_model.draft import WhisperDrafter
from uas_model.load import load_encoder
from uas_schema.document import CLOSED_FIELDS
from uas_schema.records import Record
from uas_training.config import ConfigError
from uas_training.data.examples import Example, load_examples, read_manifests
from uas_training.evaluation.conditions import whisper_drafts
from uas_training.evaluation.items import Condition, read_items, run_items
from uas_training.evaluation.listeners import Listener, RunnerListener, StockListener
from uas_training.evaluation.metrics import (
    Score,
    document_metrics,
    pair_up,
    paired_gain,
    question_hits,
    question_metrics,
)
from uas_training.evaluation.probe import features, probe
from uas_training.evaluation.report import markdown, score_line
from uas_training.evaluation.selection import chosen

ITEMS, REPORT, PAGE = "items.jsonl", "report.json", "report.md"


def run_model(arguments: argparse.Namespace) -> tuple[dict[str, Any], Path]:
    """Run a model over the chosen records; goes on where an earlier run stopped."""
    import torch

    torch.set_num_threads(arguments.threads)
    records = _records(arguments.manifest, arguments.corpus, arguments.limit)
    examples = load_examples(records)
    condition = Condition(
        audio=arguments.audio,
        draft=arguments.draft,
        use=arguments.use,
        documents=not arguments.no_documents,
        questions=not arguments.no_questions,
    )
    drafts = _drafts(arguments, examples) if arguments.draft == "whisper" else {}
    listener = _listener(arguments)
    items = run_items(listener, examples, drafts, condition, arguments.output / ITEMS)
    pairs = pair_up(records, items)
    report: dict[str, Any] = {"command": _command(arguments), "clips": len(pairs)}
    if condition.documents:
        report["documents"] = document_metrics(pairs)
    if condition.questions:
        report["questions"] = question_metrics(pairs)
    _write(arguments.output, report, markdown(arguments.output.name, report))
    return report, arguments.output / PAGE


def run_probe(arguments: argparse.Namespace) -> tuple[dict[str, Any], Path]:
    """Fit linear probes on the training records and score them on the others."""
    encoder = load_encoder(arguments.model)
    sides = []
    for manifest in (arguments.train, arguments.manifest):
        records = [r for r in _records(manifest, None, None) if r.document.has_voice]
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
    report = {"command": _command(arguments), "probes": scores}
    head = [
        "| field | clips | right | 95 % | macro recall | majority |",
        "|---|---|---|---|---|---|",
    ]
    rows_text = [score_line(name, score) for name, score in scores.items() if score]
    page = "\n".join([f"# Linear probes: {arguments.output.name}", "", *head, *rows_text]) + "\n"
    _write(arguments.output, report, page)
    return report, arguments.output / PAGE


def run_comparison(arguments: argparse.Namespace) -> tuple[dict[str, Any], Path]:
    """How much better one run answers the same questions than another, with its interval."""
    records = read_manifests([arguments.manifest])
    sides = [pair_up(records, read_items(f / ITEMS)) for f in (arguments.run, arguments.base)]
    shared = {pair.record.id for pair in sides[0]} & {pair.record.id for pair in sides[1]}
    hits = [question_hits([p for p in side if p.record.id in shared]) for side in sides]
    rows = [
        (better[2], base[2], better[3])
        for better, base in zip(*hits, strict=True)
        if better[1] != "transcription"
    ]
    gain = paired_gain([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows])
    report = {"command": _command(arguments), "gain": gain}
    page = (
        f"# {arguments.output.name}\n\nQuestions on what is heard: {gain['n']}. Gain of "
        f"{arguments.run.name} over {arguments.base.name}: {gain['value']:.3f} "
        f"({gain['low']:.3f} to {gain['high']:.3f}).\n"
    )
    _write(arguments.output, report, page)
    return report, arguments.output / PAGE


def _records(manifest: Path, corpus: str | None, limit: int | None) -> list[Record]:
    records = read_manifests([manifest])
    if corpus is not None:
        known = sorted({record.corpus for record in records})
        if corpus not in known:
            raise ConfigError(f"no corpus {corpus!r} in {manifest.name}; use {', '.join(known)}")
        records = [record for record in records if record.corpus == corpus]
    return chosen(records, limit)


def _drafts(arguments: argparse.Namespace, examples: list[Example]) -> dict[str, str]:
    folder = Checkpoint.open(arguments.model).draft_path
    if folder is None:
        raise ConfigError(f"{arguments.model.name} has no draft model; use --draft none")
    drafter = WhisperDrafter(folder, threads=arguments.threads)
    return whisper_drafts(arguments.output.parent / "drafts.jsonl", examples, drafter)


def _listener(arguments: argparse.Namespace) -> Listener:
    if arguments.decoder == "transformers":
        return StockListener(arguments.model)
    return RunnerListener(arguments.model)


def _command(arguments: argparse.Namespace) -> str:
    """The command line without folders of this machine."""
    words = ["uas", "eval", arguments.action]
    for name, value in vars(arguments).items():
        if name in ("action", "command") or value in (None, False) or callable(value):
            continue
        option = "--" + name.replace("_", "-")
        shown = value.name if isinstance(value, Path) else str(value)
        words += [option] if value is True else [option, shown]
    return shlex.join(words)


def _write(folder: Path, report: dict[str, Any], page: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    (folder / REPORT).write_text(text, encoding="utf-8")
    (folder / PAGE).write_text(page, encoding="utf-8")
