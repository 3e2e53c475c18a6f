"""What a judge says: a JSONL file of verdicts, resumable, and the one form in which they count."""

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import httpx
from pydantic import Field, ValidationError

from uas_schema.errors import DataError
from uas_schema.records import KnownField
from uas_schema.strict import Strict
from uas_training.config import ConfigError
from uas_training.evaluation.bench.progress import Progress
from uas_training.evaluation.bench.replies import GIVE_UP_AFTER
from uas_training.evaluation.endpoint import KEY_VARIABLE, AnswerFailed, Sleep, chat
from uas_training.evaluation.json_lines import end_last_line, read_objects
from uas_training.evaluation.judge.prompt import JudgePrompt
from uas_training.evaluation.judge.questions import FULL_SCORE, Question, Texts

_SCORE = re.compile(r"[ \t\r\n]*(10|[0-9])[ \t\r\n]*")
_KEPT_CHARACTERS = 200  # of a reply that cannot be read


class Verdict(Strict):
    """What the judge said about one field of one clip.

    Attributes:
        judge: the model that was asked.
        prompt: by which prompt.
        id: the clip's.
        field: the field.
        true: its true value.
        said: what the document says.
        score: None when the reply cannot be read, or when there is none.
        reply: the start of a reply that cannot be read.
        error: why there is no reply.
        seconds: that the reply took; 0 where the same texts were judged before.
    """

    judge: str
    prompt: str
    id: str
    field: KnownField
    true: str | None
    said: str | None
    score: int | None = Field(None, ge=0, le=FULL_SCORE)
    reply: str | None = None
    error: str | None = None
    seconds: float = 0.0

    @property
    def texts(self) -> Texts:
        """All that the judge was told."""
        return self.field, self.true, self.said


class ChatJudge:
    """A model behind an endpoint with ``chat/completions``."""

    def __init__(
        self, client: httpx.Client, name: str, prompt: JudgePrompt, sleep: Sleep = time.sleep
    ) -> None:
        """Take a client whose base URL ends before ``chat/completions``."""
        self.name, self.prompt = name, prompt
        self._client, self._sleep = client, sleep

    def judge(self, question: Question) -> Verdict:
        """Ask about one field of one clip; what fails is in the verdict."""
        asked = self.prompt.render(*question.texts)
        started = time.perf_counter()
        score, reply, error = None, None, None
        try:
            said = chat(
                self._client,
                self.name,
                asked,
                max_tokens=self.prompt.max_tokens,
                sleep=self._sleep,
            )
        except AnswerFailed as failed:
            error = str(failed)
        else:
            score = read_score(said)
            reply = said[:_KEPT_CHARACTERS] if score is None else None
        field, true, written = question.texts
        return Verdict(
            judge=self.name, prompt=self.prompt.name, id=question.id, field=field, true=true,
            said=written, score=score, reply=reply, error=error,
            seconds=round(time.perf_counter() - started, 3),
        )  # fmt: skip


def read_score(reply: str) -> int | None:
    """The score of a reply that is one integer from 0 to 10 and nothing else; None of any other."""
    found = _SCORE.fullmatch(reply)
    return int(found[1]) if found else None


def judge_all(
    judge: ChatJudge, questions: Sequence[Question], path: Path, progress: Progress
) -> list[Verdict]:
    """Verdicts on all questions, in order; what ``path`` holds a verdict on is not asked again.

    The same two texts are judged once, whatever the clip. An earlier failure is tried again.

    Raises:
        ConfigError: ``path`` holds verdicts of another judge or by another prompt, or the judge
            does not answer; what was judged is kept.
        DataError: ``path`` holds something else.
    """
    earlier = _own_verdicts(judge, path)
    known = {verdict.texts: verdict for verdict in earlier}
    written = {(verdict.id, verdict.texts) for verdict in earlier}
    path.parent.mkdir(parents=True, exist_ok=True)
    end_last_line(path)
    verdicts: list[Verdict] = []
    failures = 0
    with path.open("a", encoding="utf-8") as file:
        for question in progress.over(questions, "judged"):
            verdict = _recalled(known.get(question.texts), question)
            if verdict is None:
                verdict = judge.judge(question)
                failures = failures + 1 if verdict.error else 0
            if verdict.error is None:
                known.setdefault(verdict.texts, verdict)
            if (verdict.id, verdict.texts) not in written:
                _write(verdict, file)
            if failures == GIVE_UP_AFTER:
                raise _no_answer(verdict, failures)
            verdicts.append(verdict)
    if verdicts and all(verdict.error for verdict in verdicts):
        raise _no_answer(verdicts[-1], len(verdicts))
    return verdicts


def _own_verdicts(judge: ChatJudge, path: Path) -> list[Verdict]:
    """Verdicts of an earlier run of this judge by this prompt."""
    try:
        verdicts = [Verdict.model_validate(values) for values in read_objects(path)]
    except ValidationError as error:
        raise DataError(f"{path.name} holds what is no verdict; give another --output") from error
    given = [verdict for verdict in verdicts if verdict.error is None]
    for verdict in given:
        if (verdict.judge, verdict.prompt) != (judge.name, judge.prompt.name):
            raise ConfigError(
                f"{path.name} holds verdicts of {verdict.judge!r} by prompt {verdict.prompt}, and "
                f"{judge.name!r} by prompt {judge.prompt.name} is asked; give another --output"
            )
    return given


def _recalled(verdict: Verdict | None, question: Question) -> Verdict | None:
    """An earlier verdict on the same texts, as that of this clip."""
    if verdict is None or verdict.id == question.id:
        return verdict
    return verdict.replace(id=question.id, seconds=0.0)


def _no_answer(verdict: Verdict, count: int) -> ConfigError:
    return ConfigError(
        f"{count} questions in a row have no verdict ({verdict.error}); check --endpoint, "
        f"--endpoint-model and {KEY_VARIABLE}, and run the same command again: what was judged is "
        "kept"
    )


def _write(verdict: Verdict, file: TextIO) -> None:
    file.write(verdict.model_dump_json() + "\n")
    file.flush()
