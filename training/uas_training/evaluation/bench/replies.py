"""One run of a model over a benchmark's questions under one condition: a JSONL file, resumable."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from uas_signal.errors import SignalError
from uas_training.config import ConfigError
from uas_training.evaluation.bench.answerers import Answerer, plain_text
from uas_training.evaluation.bench.catalogue import Benchmark
from uas_training.evaluation.bench.hearing import Condition, heard_samples, shown_choices
from uas_training.evaluation.bench.options import BenchOptions
from uas_training.evaluation.bench.progress import Progress
from uas_training.evaluation.bench.questions import Question
from uas_training.evaluation.bench.rules import letter_place
from uas_training.evaluation.bench.scores import Prediction
from uas_training.evaluation.endpoint import AnswerFailed
from uas_training.evaluation.json_lines import end_last_line, read_objects

GIVE_UP_AFTER = 20  # failures without one answer between them: the model or the network is gone

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Reply:
    """What a model said to one question.

    Attributes:
        id: the question's.
        model: who was asked.
        choices: as they were shown.
        answer: what was said, None when that failed.
        error: why it failed.
        seconds: that the answer took.
    """

    id: str
    model: str
    choices: tuple[str, ...]
    answer: str | None
    error: str | None = None
    seconds: float = 0.0


def ask_all(
    answerer: Answerer,
    questions: Sequence[Question],
    condition: Condition,
    options: BenchOptions,
    *,
    path: Path,
    progress: Progress,
) -> list[Reply]:
    """Ask every question that ``path`` has no answer to, and return all replies in order.

    An earlier failure is tried again; an answer of another model, or to choices in another order,
    does not count.

    Raises:
        ConfigError: ``GIVE_UP_AFTER`` failures in a row; what was answered is kept.
    """
    done = {reply.id: reply for reply in read_replies(path) if reply.error is None}
    path.parent.mkdir(parents=True, exist_ok=True)
    end_last_line(path)
    replies: list[Reply] = []
    failures = 0
    with path.open("a", encoding="utf-8") as file:
        for question in progress.over(questions, condition):
            shown = shown_choices(condition, question, options.seed)
            reply = done.get(question.id)
            if reply is None or (reply.model, reply.choices) != (answerer.name, shown):
                reply = _ask(answerer, question, condition, options, shown)
                file.write(json.dumps(asdict(reply), ensure_ascii=False) + "\n")
                file.flush()
                failures = failures + 1 if reply.error else 0
            if failures == GIVE_UP_AFTER:
                raise ConfigError(
                    f"{failures} questions in a row have no answer ({reply.error}); see {path.name}"
                    " and run the same command again when the model answers"
                )
            replies.append(reply)
    return replies


def read_replies(path: Path) -> list[Reply]:
    """Replies of an earlier run; a line that was cut by a kill is left out."""
    return [
        Reply(**{**values, "choices": tuple(values["choices"])}) for values in read_objects(path)
    ]


def prediction_of(
    reply: Reply, question: Question, benchmark: Benchmark, answerer: Answerer
) -> Prediction:
    """The reply as the benchmark's script would read it.

    Where the script wants a letter and the model answers with texts, a choice becomes its letter,
    and any other text is an empty reply: its first character must not be read as a letter. A failed
    question is an entry without a reply.
    """
    text = benchmark.missing if reply.answer is None else reply.answer
    if reply.answer is not None and (benchmark.reply, answerer.reply) == ("letter", "text"):
        said, texts = plain_text(reply.answer), [plain_text(choice) for choice in reply.choices]
        text = _LETTERS[texts.index(said)] if said in texts else ""
    return Prediction(text, reply.choices, question.answer, question.labels)


def picked(prediction: Prediction, benchmark: Benchmark) -> str | None:
    """What was picked whatever the order: the choice that a letter stands for, or the text."""
    if benchmark.reply == "text" or prediction.text is None:
        return prediction.text
    place = letter_place(prediction.text)
    return None if place is None else next(iter(prediction.choices[place : place + 1]), None)


def _ask(
    answerer: Answerer,
    question: Question,
    condition: Condition,
    options: BenchOptions,
    shown: tuple[str, ...],
) -> Reply:
    started = time.perf_counter()
    answer, error = None, None
    try:
        samples = heard_samples(condition, question, options.seed, options.longest_s)
        answer = answerer.answer(samples, question.question, shown)
    except (AnswerFailed, OSError) as failed:
        error = str(failed) if isinstance(failed, AnswerFailed) else type(failed).__name__
    except SignalError as failed:
        error = failed.code
    seconds = round(time.perf_counter() - started, 3)
    return Reply(question.id, answerer.name, shown, answer, error, seconds)
