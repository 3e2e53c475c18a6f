"""Answers a question about a clip: in free text, by one of some choices, or as the caller's JSON.

Knows nothing of HTTP; raises `ApiError` for what the caller asked wrongly, as the other services
do, and `EngineError`s.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from uas_schema.prompts import YES_NO
from uas_server.engine.errors import DeadlineExceeded, EngineDead
from uas_server.engine.protocol import (
    Choice,
    Constraint,
    Final,
    GenerateRequest,
    Regex,
    TextDelta,
)
from uas_server.errors import ApiError
from uas_server.metrics import Metrics
from uas_server.service.envelope import AskEnvelope, Timings, Usage
from uas_server.service.job import Job
from uas_server.service.model import ServedModel
from uas_server.service.parameters import AskParameters
from uas_server.service.schema_compiler import CompiledSchema, SchemaCompiler
from uas_server.settings import Settings

MOST_CHOICE_CHARS = 200


@dataclass(frozen=True)
class Question:
    """A question and the form of its answer: free text, or one of `choices`, or a schema.

    `temperature` 0 is greedy; `seed` matters only above it.
    """

    text: str
    choices: tuple[str, ...] = ()
    schema: CompiledSchema | None = None
    temperature: float = 0.0
    seed: int | None = None

    @property
    def is_yes_no(self) -> bool:
        """Whether the answer is yes or no."""
        return self.choices == YES_NO

    @property
    def constraint(self) -> Constraint | None:
        """What the engine has to keep to."""
        if self.schema is not None:
            return Regex(self.schema.pattern)
        return Choice(self.choices) if self.choices else None


async def read_question(
    asked: AskParameters, settings: Settings, schemas: SchemaCompiler
) -> Question:
    """The question with the form of its answer, a schema compiled. Raises `ApiError`."""
    if len(asked.question) > settings.question_chars:
        message = f"question: over {settings.question_chars} characters; shorten it."
        raise ApiError("invalid_parameter", message, param="question")
    forms = [bool(asked.choices), asked.yes_no, asked.answer_schema is not None]
    if sum(forms) > 1:
        message = "choices, yes_no and schema exclude each other; send one of them."
        raise ApiError("invalid_parameter", message, param="choices")
    if asked.yes_no:
        return Question(asked.question, choices=YES_NO)
    if asked.choices:
        check_choices(asked.choices, settings.choices)
        return Question(asked.question, choices=asked.choices)
    if asked.answer_schema is not None:
        return Question(asked.question, schema=await schemas.compile(asked.answer_schema))
    return Question(asked.question)


def check_choices(choices: Sequence[str], most: int) -> None:
    """Refuse choices that cannot be told apart or written. Raises `ApiError`."""
    if not 2 <= len(choices) <= most:
        _refuse_choices(f"{len(choices)} were sent; send 2 to {most}")
    if len(set(choices)) != len(choices):
        _refuse_choices("two are the same; send different ones")
    for text in choices:
        if not text.strip() or not text.isprintable() or len(text) > MOST_CHOICE_CHARS:
            _refuse_choices(f"each is 1 to {MOST_CHOICE_CHARS} printable characters")


def _refuse_choices(reason: str) -> None:
    raise ApiError("invalid_parameter", f"choices: {reason}.", param="choices")


async def answer(model: ServedModel, metrics: Metrics, job: Job, question: Question) -> AskEnvelope:
    """Answer one question. Raises `ApiError`, `EngineError`."""
    async with aclosing(answering(model, metrics, job, question)) as events:
        async for event in events:
            if isinstance(event, AskEnvelope):
                return event
    raise EngineDead("the engine ended without an answer; try again")


async def answering(
    model: ServedModel, metrics: Metrics, job: Job, question: Question
) -> AsyncGenerator[TextDelta | AskEnvelope, None]:
    """Yield the answer's text as it comes, unchecked, and the envelope last. Raises the same.

    The answer of the envelope is that text, in free form without white space around it.
    """
    _check_length(model, job)
    draft, draft_s = await _draft(model, job)
    final: Final | None = None
    request = _request(model, job, question, draft)
    async with aclosing(model.engine.generate(request)) as events:
        async for event in events:
            if isinstance(event, Final):
                final = event
            else:
                yield event
    if final is not None:
        yield _concluded(model, metrics, job, question, final=final, draft_s=draft_s)


def _concluded(
    model: ServedModel,
    metrics: Metrics,
    job: Job,
    question: Question,
    *,
    final: Final,
    draft_s: float,
) -> AskEnvelope:
    """What an answer that was generated comes to. Raises `ApiError`, `EngineError`."""
    _check_finish(final, question)
    spent_s = _spent_s(job, final, draft_s)
    metrics.stages(spent_s)
    usage = _usage(job, final)
    metrics.used(usage.tokens_by_kind())
    return AskEnvelope(
        id=job.request_id,
        model=model.info.name,
        answer=final.text.strip() if question.constraint is None else final.text,
        value=_value(metrics, question, final),
        confidence=(final.slot_probs or {}).get("choice"),
        truncated=final.finish in ("length", "deadline"),
        usage=usage,
        timings=Timings.of(spent_s, job.elapsed_s()),
    )


def _check_length(model: ServedModel, job: Job) -> None:
    if job.duration_s > model.info.window_s:
        raise ApiError(
            "audio_too_long",
            f"Questions take clips of at most {model.info.window_s} s; this one has "
            f"{job.duration_s:.1f} s. Cut it, or describe it with POST /v1/uas.",
            param="file",
        )


async def _draft(model: ServedModel, job: Job) -> tuple[str | None, float]:
    """Transcript for the prompt and the seconds it took, when the checkpoint was trained so."""
    if model.info.wants_draft != "prompt":
        return None, 0.0
    draft = await asyncio.to_thread(model.drafter.draft, job.samples)
    return draft.text or None, draft.seconds


def _request(
    model: ServedModel, job: Job, question: Question, draft: str | None
) -> GenerateRequest:
    parts = model.prompts.render(
        "ask", question=question.text, draft=draft, choices=question.choices
    )
    budget = job.max_tokens
    if question.choices:
        budget = 1 + max(len(model.tokens.encode_text(text)) for text in question.choices)
    count = model.audio_token_count(len(job.samples))
    return GenerateRequest(
        request_id=job.request_id,
        prompt_ids=tuple(model.tokens.encode_prompt(parts, count)),
        audio=(job.samples,),
        constraint=question.constraint,
        max_tokens=budget,
        want_probs=bool(question.choices) and model.engine.capabilities.probabilities,
        deadline=job.deadline,
        cache_salt=job.cache_salt,
        temperature=question.temperature,
        seed=question.seed,
    )


def _check_finish(final: Final, question: Question) -> None:
    if final.finish == "aborted":
        raise EngineDead("the generation was aborted; try again")
    if final.finish == "deadline" and question.constraint is not None:
        raise DeadlineExceeded("the deadline passed before there was a whole answer")
    if final.finish == "length" and question.constraint is not None:
        raise ApiError(
            "answer_incomplete",
            "The answer did not end within max_tokens. Raise it, or ask for less.",
            param="max_tokens",
        )


def _value(metrics: Metrics, question: Question, final: Final) -> Any:
    """Parsed answer; an answer that breaks its own constraint is our failure, not the caller's."""
    if question.is_yes_no:
        return final.text == YES_NO[0]
    if question.schema is None:
        return None
    try:
        return question.schema.value_of(final.text)
    except (ValueError, RecursionError):
        metrics.schema_failures.labels("unparseable").inc()
        raise ApiError(
            "internal_error", "The model's answer broke its schema. Try again."
        ) from None


def _usage(job: Job, final: Final) -> Usage:
    return Usage(
        audio_s=job.duration_s,
        prompt_tokens=final.tokens.prompt,
        prefill_tokens=final.tokens.prefill,
        sampled_tokens=final.tokens.sampled,
        forced_tokens=final.tokens.forced,
    )


def _spent_s(job: Job, final: Final, draft_s: float) -> dict[str, float]:
    """Seconds by stage, as `Timings` and the metrics name them."""
    engine_s = final.timings
    spent_s = dict(job.spent_s)
    if draft_s:
        spent_s["draft"] = draft_s
    if "encode_s" in engine_s:
        spent_s["encode"] = engine_s["encode_s"]
    spent_s["generate"] = engine_s.get("prefill_s", 0.0) + engine_s.get("decode_s", 0.0)
    return spent_s
