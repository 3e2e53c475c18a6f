"""What `uas eval bench` does: read a benchmark, ask a model under each condition, score, report."""

import hashlib
import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from uas_schema.errors import DataError
from uas_training.evaluation.bench.answerers import (
    Answerer,
    ChatAnswerer,
    ListenerAnswerer,
    ServerAnswerer,
)
from uas_training.evaluation.bench.catalogue import Benchmark, benchmark_named, load_catalogue
from uas_training.evaluation.bench.hearing import Condition
from uas_training.evaluation.bench.options import (
    BenchModel,
    BenchOptions,
    CheckpointModel,
    ServerModel,
)
from uas_training.evaluation.bench.plot import draw
from uas_training.evaluation.bench.progress import Progress
from uas_training.evaluation.bench.questions import (
    Question,
    read_entries,
    read_questions,
    write_entries,
)
from uas_training.evaluation.bench.replies import (
    Reply,
    ask_all,
    picked,
    prediction_of,
)
from uas_training.evaluation.bench.report import markdown
from uas_training.evaluation.bench.scores import Prediction, predictions_of, score
from uas_training.evaluation.bench.tally import Tally
from uas_training.evaluation.endpoint import open_client

REPORT, PAGE, PLOT, PREDICTIONS = "report.json", "report.md", "report.svg", "predictions"


def run_bench(
    name: str,
    file: Path,
    answerer: Answerer,
    options: BenchOptions,
    *,
    output: Path,
    progress: Progress,
    asked: Sequence[str] = (),
) -> dict[str, Any]:
    """Ask a model the questions of a benchmark and write what came out; goes on where it stopped.

    Writes a JSONL of replies for each condition, the entries with the replies for the official
    script, and the figures as JSON, Markdown and SVG.

    ``asked`` are the words of the command line that say who is asked.

    Raises:
        DataError: a file that is not as published, or clips that do not exist.
        ConfigError: a model that does not answer.
    """
    benchmark = benchmark_named(name)
    read = read_questions(file, benchmark, options.audio)
    questions = chosen(read.questions, options.limit)
    replies = {
        condition: ask_all(
            answerer,
            questions,
            condition,
            options,
            path=output / f"{condition}.jsonl",
            progress=progress,
        )
        for condition in options.conditions
    }
    predictions = {
        condition: [
            prediction_of(reply, question, benchmark, answerer)
            for reply, question in zip(said, questions, strict=True)
        ]
        for condition, said in replies.items()
    }
    report = {
        "command": _command([name, file.name, *asked], options, output),
        "benchmark": benchmark.title,
        "model": answerer.name,
        "questions": len(questions),
        "left_out": read.left_out,
        "chance": fmean(1 / len(question.choices) for question in questions),
        "longest_s": options.longest_s,
        "conditions": {
            condition: _figures(said, score(predictions[condition], benchmark))
            for condition, said in replies.items()
        },
        "same_choice_when_shuffled": _agreement(predictions, benchmark),
    }
    if "heard" in replies:
        answered = zip(replies["heard"], predictions["heard"], questions, strict=True)
        entries = [
            question.entry
            if reply.answer is None
            else {**question.entry, benchmark.prediction: prediction.text}
            for reply, prediction, question in answered
        ]
        write_entries(output / f"{PREDICTIONS}{file.suffix}", entries)
    _write(output, report, benchmark)
    return report


def score_file(name: str, file: Path) -> dict[str, Any]:
    """Figures of predictions that somebody made, in the form that the official script reads.

    Raises ``DataError`` for a file that is not of that form.
    """
    benchmark = benchmark_named(name)
    entries = [entry for _, entry in read_entries(file)]
    if not any(benchmark.prediction in entry for entry in entries):
        raise DataError(f"{file.name}: no entry has {benchmark.prediction!r}; add the replies")
    return {
        "benchmark": benchmark.title,
        "rules": score(predictions_of(entries, benchmark), benchmark),
    }


def open_answerer(model: BenchModel, benchmark: Benchmark) -> Answerer:
    """The model that is to be asked; the key of a server is in the environment."""
    if isinstance(model, CheckpointModel):
        import torch

        from uas_training.evaluation.listeners import RunnerListener, StockListener

        torch.set_num_threads(model.threads)
        stock = model.decoder == "transformers"
        listener = (
            StockListener(model.checkpoint) if stock else RunnerListener.load(model.checkpoint)
        )
        return ListenerAnswerer(listener, model.checkpoint.name)
    if isinstance(model, ServerModel):
        return ServerAnswerer(open_client(model.server), "uas serve")
    prompt = load_catalogue().prompts[benchmark.reply]
    return ChatAnswerer(open_client(model.url), model.name, prompt, benchmark.reply)


def chosen(questions: Sequence[Question], limit: int | None) -> list[Question]:
    """``limit`` questions in the file's order, always the same; a smaller limit takes a part."""
    if limit is None:
        return list(questions)
    ranked = sorted(questions, key=lambda q: hashlib.sha256(q.id.encode()).hexdigest())
    kept = {question.id for question in ranked[:limit]}
    return [question for question in questions if question.id in kept]


def _figures(replies: Sequence[Reply], rules: Mapping[str, Tally]) -> dict[str, Any]:
    return {
        "failed": sum(reply.error is not None for reply in replies),
        "seconds": fmean(reply.seconds for reply in replies),
        "rules": rules,
    }


def _agreement(
    predictions: Mapping[Condition, Sequence[Prediction]], benchmark: Benchmark
) -> float | None:
    """Share of questions with the same choice in both orders, of those with one in each."""
    if not {"heard", "shuffled-choices"} <= predictions.keys():
        return None
    sides = (
        [picked(prediction, benchmark) for prediction in predictions[name]]
        for name in ("heard", "shuffled-choices")
    )
    both = [(one, two) for one, two in zip(*sides, strict=True) if one and two]
    return fmean(one == two for one, two in both) if both else None


def words_of(model: BenchModel) -> list[str]:
    """How the command line names a model, without folders and addresses of this machine."""
    if isinstance(model, CheckpointModel):
        changed = model.model_dump(exclude={"checkpoint"}, exclude_defaults=True)
        return ["--model", model.checkpoint.name, *_option_words(changed)]
    if isinstance(model, ServerModel):
        return ["--server", "URL"]
    return ["--endpoint", "URL", "--endpoint-model", model.name]


def _command(words: Sequence[str], options: BenchOptions, output: Path) -> str:
    """The command line that makes a run, without folders of this machine."""
    given = _option_words(options.model_dump(exclude_defaults=True))
    return shlex.join(["uas", "eval", "bench", *words, *given, "--output", output.name])


def _option_words(options: Mapping[str, Any]) -> list[str]:
    words = []
    for name, value in options.items():
        values = value if isinstance(value, tuple) else [value]
        words += ["--" + name.replace("_", "-")]
        words += [one.name if isinstance(one, Path) else str(one) for one in values]
    return words


def _write(output: Path, report: Mapping[str, Any], benchmark: Benchmark) -> None:
    output.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    (output / REPORT).write_text(text, encoding="utf-8")
    (output / PAGE).write_text(markdown(report, PLOT), encoding="utf-8")
    draw(report, benchmark.plot, output / PLOT)
