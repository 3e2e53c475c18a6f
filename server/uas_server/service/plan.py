"""How one clip becomes a document: branch, transcript, the rest, close, check, mend.

The model first decides whether there is a voice; the drafter listens at the same time. The drafted
transcript is then put into the model's mouth, or the model writes its own, and one static grammar
covers all that follows. Knows nothing of HTTP, nor of how an engine obeys a grammar.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from uas_model.draft import Draft, DraftWord
from uas_schema.document import canonical_string
from uas_schema.skeleton import START, TRANSCRIPTION, Slot, after_transcription
from uas_server.engine.errors import DeadlineExceeded, EngineDead
from uas_server.engine.protocol import Choice, Constraint, Final, GenerateRequest, TextDelta
from uas_server.service.describe import PlanEvent
from uas_server.service.envelope import Confidence, DeltaPayload, FieldPayload
from uas_server.service.job import Job
from uas_server.service.join import PlanResult
from uas_server.service.model import ServedModel
from uas_server.service.outcome import conclude
from uas_server.service.settle import Settled, Settler

NO_VOICE, VOICE = "null", '"'
BRANCHES = Choice((NO_VOICE, VOICE))
"""How the transcription begins: without a voice it is null, with one it is a string."""

_NOT_REACHED = Counter(closed_at_budget=1)
"""How a document counts whose rest was not asked for; that is no fault of it."""

_TRANSCRIPT = Slot(TRANSCRIPTION, "string")
_STAGES: Mapping[str, tuple[str, ...]] = {
    "queue": ("queue_s",),
    "encode": ("encode_s",),
    "generate": ("prefill_s", "decode_s"),
}


@dataclass(frozen=True)
class _Head:
    """The beginning of the document that is not left to the model, in ids and in bytes."""

    ids: tuple[int, ...]
    data: bytes
    constraint: Constraint


async def describe_clip(model: ServedModel, job: Job) -> AsyncGenerator[PlanEvent, None]:
    """Decode one clip of at most the model's window.

    Yields the fields as they become known and deltas that concatenate to the canonical text of
    the document, then one `PlanResult`. Raises `EngineError`s, `DeadlineExceeded` among them.
    """
    plan = _Plan(model, job)
    async with _drafting(model, job) as drafting:
        await plan.ask(drafting)
        voice = await plan.decide()
        head = await plan.begin(voice, drafting)
    async with aclosing(plan.fill(head)) as events:
        async for event in events:
            yield event
    outcome = conclude(plan.data, cut=plan.is_cut)
    for event in _events(plan.settler.finish(outcome.document)):
        yield event
    yield PlanResult(
        document=outcome.document,
        confidence=_confidence(plan.voice, plan.slot_probs),
        incomplete=outcome.incomplete,
        tokens=plan.tokens,
        spent_s=plan.spent_s,
        failures=outcome.failures,
        words=plan.words_of(outcome.document.transcription),
    )


async def transcribe_clip(model: ServedModel, job: Job) -> AsyncGenerator[PlanEvent, None]:
    """Decode the transcription of a clip's document and nothing else of it.

    The text is that of `describe_clip`, by the same steps. Yields the field `transcription` and
    one `PlanResult`, whose document has nothing but the transcription. Raises the same.
    """
    plan = _Plan(model, job)
    async with _drafting(model, job) as drafting:
        await plan.ask(drafting)
        head = await plan.begin(await plan.decide(), drafting, rest=False)
    async with aclosing(plan.fill(head)) as events:
        async for _ in events:
            pass
    outcome = conclude(plan.data, cut=True)
    is_cut = TRANSCRIPTION in outcome.incomplete
    yield FieldPayload(path=TRANSCRIPTION, value=outcome.document.transcription)
    yield PlanResult(
        document=outcome.document,
        confidence=_confidence(plan.voice, {}),
        incomplete=(TRANSCRIPTION,) if is_cut else (),
        tokens=plan.tokens,
        spent_s=plan.spent_s,
        failures=outcome.failures if is_cut else outcome.failures - _NOT_REACHED,
        words=plan.words_of(outcome.document.transcription),
    )


class _Plan:
    """One document under way.

    Attributes:
        data: its text so far, in UTF-8; may end inside a character.
        is_cut: the budget ended it.
        voice: probability that somebody speaks; None where the engine cannot say.
        slot_probs: probabilities of its closed slots, as the engine gave them.
        spent_s: seconds by stage.
        tokens: by kind.
    """

    def __init__(self, model: ServedModel, job: Job) -> None:
        self.settler = Settler()
        self.data = b""
        self.is_cut = True
        self.voice: float | None = None
        self.slot_probs: dict[str, dict[str, float]] = {}
        self.spent_s: dict[str, float] = {}
        self.tokens: dict[str, int] = {}
        self._model = model
        self._job = job
        self._prompt: tuple[int, ...] = ()
        self._drafted: Draft | None = None

    async def ask(self, drafting: asyncio.Task[Draft]) -> None:
        """Make the prompt, with the draft in it when the model was trained so."""
        draft = None
        if self._model.info.wants_draft == "prompt":
            draft = await self._draft(drafting) or None
        parts = self._model.prompts.render("uas", draft=draft)
        count = self._model.audio_token_count(len(self._job.samples))
        self._prompt = tuple(self._model.tokens.encode_prompt(parts, count))

    async def decide(self) -> bool:
        """Let the model say whether there is a voice."""
        tokens = self._model.tokens
        start = _Head(tuple(tokens.encode_text(START.text)), START.text.encode(), BRANCHES)
        room = max(len(tokens.encode_text(text)) for text in BRANCHES.texts)
        request = self._request(f"{self._job.request_id}.branch", start, room)
        text = ""
        async with aclosing(self._model.engine.generate(request)) as answers:
            async for answer in answers:
                if isinstance(answer, Final):
                    text = self._count(answer).text
                    self.voice = (answer.slot_probs or {}).get("choice", {}).get(VOICE)
        return text != NO_VOICE

    async def begin(
        self, voice: bool, drafting: asyncio.Task[Draft], *, rest: bool = True
    ) -> _Head:
        """Put null or the draft behind the start; without a draft the model writes its own.

        `rest` says whether the document is to go on after the transcription.
        """
        pieces, constraint = [START.text], after_transcription(voice) if rest else ()
        draft = ""
        if voice and self._model.info.wants_draft == "forced":
            draft = await self._draft(drafting)
        if not voice:
            pieces.append(NO_VOICE)
        elif draft:
            pieces.append(canonical_string(draft))
        else:
            constraint = (_TRANSCRIPT, *constraint)
        ids = [token for piece in pieces for token in self._model.tokens.encode_text(piece)]
        return _Head(tuple(ids), "".join(pieces).encode(), constraint)

    async def fill(self, head: _Head) -> AsyncGenerator[PlanEvent, None]:
        """Let the model go on from the head as far as the budget reaches."""
        room = self._job.max_tokens - len(head.ids)
        self.data = head.data
        if room < 0:
            self.data = self._model.tokens.decode_bytes(head.ids[:room])
        for event in _events(self.settler.feed(self.data.decode(errors="ignore"))):
            yield event
        if room <= 0 or head.constraint == ():
            return
        request = self._request(self._job.request_id, head, room)
        async with aclosing(self._model.engine.generate(request)) as answers:
            async for answer in answers:
                if isinstance(answer, TextDelta):
                    for event in _events(self.settler.feed(answer.text)):
                        yield event
                else:
                    final = self._count(answer)
                    self.data += final.text.encode() + final.tail
                    self.is_cut = final.finish == "length"
                    self.slot_probs = final.slot_probs or {}

    def words_of(self, transcription: str | None) -> tuple[DraftWord, ...] | None:
        """Timed words of the transcription, when they were asked for and are the draft's."""
        if not self._job.words or transcription is None:
            return () if self._job.words else None
        return None if self._drafted is None else timed_words(self._drafted, transcription)

    def _request(self, request_id: str, head: _Head, room: int) -> GenerateRequest:
        return GenerateRequest(
            request_id=request_id,
            prompt_ids=self._prompt,
            audio=(self._job.samples,),
            prefill_ids=head.ids,
            constraint=head.constraint,
            max_tokens=room,
            want_probs=self._model.engine.capabilities.probabilities,
            deadline=self._job.deadline,
            cache_salt=self._job.cache_salt,
        )

    async def _draft(self, drafting: asyncio.Task[Draft]) -> str:
        draft = self._drafted = await drafting
        self.spent_s["draft"] = draft.seconds
        return draft.text

    def _count(self, final: Final) -> Final:
        """Add up what a generation cost. Raises when it was ended from outside."""
        if final.finish == "deadline":
            raise DeadlineExceeded("the deadline passed before the document was whole")
        if final.finish == "aborted":
            raise EngineDead("the generation was aborted; try again")
        for stage, parts in _STAGES.items():
            known = [final.timings[part] for part in parts if part in final.timings]
            if known:
                self.spent_s[stage] = self.spent_s.get(stage, 0.0) + sum(known)
        tokens = final.tokens
        self.tokens |= {"prompt": tokens.prompt, "prefill": tokens.prefill}
        self.tokens["sampled"] = self.tokens.get("sampled", 0) + tokens.sampled
        self.tokens["forced"] = self.tokens.get("forced", 0) + tokens.forced
        return final


@asynccontextmanager
async def _drafting(model: ServedModel, job: Job) -> AsyncIterator[asyncio.Task[Draft]]:
    """A draft under way in a thread; given up when the block ends without having waited for it."""
    if model.info.wants_draft == "none":
        task = asyncio.create_task(_no_draft())
    else:
        draft = partial(model.drafter.draft, job.samples, words=job.words)
        task = asyncio.create_task(asyncio.to_thread(draft))
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def timed_words(draft: Draft, transcription: str) -> tuple[DraftWord, ...] | None:
    """The draft's words as far as they are the transcription's, which a budget may have cut.

    None where the draft has no times, or the model wrote something else.
    """
    if draft.words is None or not draft.text.startswith(transcription):
        return None
    said, kept = "", []
    for word in draft.words:
        said = (said + word.text).lstrip()
        if not transcription.startswith(said.rstrip()):
            break
        kept.append(word)
    return tuple(kept)


async def _no_draft() -> Draft:
    return Draft(text="", seconds=0.0)


def _events(settled: Settled) -> Iterator[PlanEvent]:
    for path, value in settled.fields:
        yield FieldPayload(path=path, value=value)
    if settled.text:
        yield DeltaPayload(text=settled.text)


def _confidence(voice: float | None, slot_probs: Mapping[str, Mapping[str, float]]) -> Confidence:
    """Probabilities by plain value, of the closed fields that were reached."""
    return Confidence(
        voice=voice,
        **{
            path.removeprefix("paralinguistics."): {
                json.loads(text): probability for text, probability in values.items()
            }
            for path, values in slot_probs.items()
        },
    )
