"""The plan over a scripted engine: which requests it makes, what it streams, what it counts."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from document_strategies import documents
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from uas_model.checkpoint import CheckpointInfo
from uas_model.draft import Draft, FixedDrafter
from uas_model.tokens import TextTokens
from uas_schema.document import Event, UasDocument
from uas_schema.rules import mend
from uas_schema.skeleton import START, Slot, after_transcription
from uas_server.engine.errors import DeadlineExceeded, EngineDead
from uas_server.engine.fake import FakeEngine, Reply, legal_reply
from uas_server.engine.protocol import Choice, GenerateRequest
from uas_server.service.describe import PlanEvent
from uas_server.service.envelope import DeltaPayload, FieldPayload
from uas_server.service.job import Job
from uas_server.service.join import PlanResult
from uas_server.service.model import ServedModel
from uas_server.service.outcome import conclude
from uas_server.service.plan import describe_clip
from uas_server.service.settle import FIELDS, Settler

CLIP = np.zeros(3200, np.float32)
Script = Callable[[GenerateRequest], Reply]


def voiced(rest: str, branch: str = '"') -> Script:
    """Answer the branch, then the rest of the document."""

    def script(request: GenerateRequest) -> Reply:
        if isinstance(request.constraint, Choice):
            return Reply(branch, {"choice": {"null": 0.25, '"': 0.75}})
        return Reply(rest)

    return script


def speaking(request: GenerateRequest) -> Reply:
    """Hear a voice, and fill the rest with anything legal."""
    return Reply('"') if isinstance(request.constraint, Choice) else legal_reply(request)


def rest_of(document: UasDocument) -> str:
    start = START.text + json.dumps(document.transcription, ensure_ascii=False)
    return document.canonical().removeprefix(start)


def example(**events: tuple[Event, ...]) -> UasDocument:
    text = (
        '{"transcription":"hello","paralinguistics":{"age":"Adult","gender":"Male",'
        '"emotion":"Neutral","accent":null,"prosody":"slow pace","timbre":null},'
        '"nonLinguisticEvents":{"description":null,"discreteEvents":[],"continuousEvents":[]}}'
    )
    document = UasDocument.parse(text)
    heard = document.non_linguistic_events.replace(**events)
    return document.replace(non_linguistic_events=heard)


def served(
    tokens: TextTokens, script: Script = speaking, draft: str = "hello", use: str = "forced"
) -> tuple[ServedModel, FakeEngine]:
    engine = FakeEngine(script)
    info = CheckpointInfo("fake", "smollm2-chatml", use, None, ("en",), "none", 30)  # type: ignore[arg-type]
    return ServedModel(info, tokens, engine, FixedDrafter(draft)), engine


async def run(model: ServedModel, **changes: Any) -> tuple[str, list[PlanEvent], PlanResult]:
    await model.engine.start()
    job = Job(**{"request_id": "job", "samples": CLIP, "max_tokens": 4000, **changes})
    *events, result = [event async for event in describe_clip(model, job)]
    assert isinstance(result, PlanResult)
    text = "".join(event.text for event in events if isinstance(event, DeltaPayload))
    assert text == result.document.canonical()
    assert [event.path for event in events if isinstance(event, FieldPayload)] == list(FIELDS)
    return text, events, result


async def test_a_forced_draft_is_put_behind_the_start(tokens: TextTokens) -> None:
    model, engine = served(tokens, draft='he said "no"')
    _, _, result = await run(model)
    branch, rest = engine.requests
    assert branch.constraint == Choice(("null", '"'))
    assert tokens.decode(branch.prefill_ids) == START.text
    assert tokens.decode(rest.prefill_ids) == START.text + r'"he said \"no\""'
    assert rest.constraint == after_transcription(voice=True)
    assert rest.prompt_ids == branch.prompt_ids
    assert result.document.transcription == 'he said "no"'
    assert result.spent_s["draft"] == 0.0


async def test_a_draft_in_the_prompt_leaves_the_transcript_to_the_model(tokens: TextTokens) -> None:
    model, engine = served(tokens, draft="maybe this", use="prompt")
    _, _, result = await run(model)
    rest = engine.requests[-1]
    assert "maybe this" in tokens.decode(rest.prompt_ids)
    assert rest.constraint[0] == Slot("transcription", "string")  # type: ignore[index]
    assert result.document.transcription == "fake"


@pytest.mark.parametrize(("draft", "use"), [("", "forced"), ("unused", "none")])
async def test_without_a_draft_the_model_writes(tokens: TextTokens, draft: str, use: str) -> None:
    model, engine = served(tokens, voiced('"by ear"' + rest_of(example())), draft, use)
    _, _, result = await run(model)
    assert tokens.decode(engine.requests[-1].prefill_ids) == START.text
    assert result.document.transcription == "by ear"


async def test_without_a_voice_the_draft_is_not_used(tokens: TextTokens) -> None:
    silent = UasDocument.no_voice("Rain")
    model, engine = served(tokens, voiced(rest_of(silent), branch="null"))
    _, _, result = await run(model)
    assert tokens.decode(engine.requests[-1].prefill_ids) == START.text + "null"
    assert result.document == silent
    assert "draft" not in result.spent_s


async def test_the_drafter_listens_while_the_model_decides(tokens: TextTokens) -> None:
    """Each waits for the other to have begun; one after the other would never end."""
    branching, drafting = threading.Event(), threading.Event()

    class Waiting:
        def draft(self, samples: NDArray[np.float32], *, words: bool = False) -> Draft:
            assert samples is CLIP
            assert not words
            drafting.set()
            assert branching.wait(10)
            return Draft("both", 0.1)

    class Noting(FakeEngine):
        async def generate(self, request: GenerateRequest):  # type: ignore[no-untyped-def]
            branching.set()
            assert await asyncio.to_thread(drafting.wait, 10)
            async for event in super().generate(request):
                yield event

    model, _ = served(tokens)
    model = ServedModel(model.info, tokens, Noting(speaking), Waiting())
    _, _, result = await run(model)
    assert result.document.transcription == "both"


async def test_probabilities_become_confidence(tokens: TextTokens) -> None:
    def script(request: GenerateRequest) -> Reply:
        if isinstance(request.constraint, Choice):
            return Reply('"', {"choice": {"null": 0.1, '"': 0.9}})
        probs = {"paralinguistics.gender": {'"Male"': 0.75, '"Female"': 0.25}}
        return Reply(rest_of(example()), probs)

    _, _, result = await run(served(tokens, script)[0])
    assert result.confidence.gender == {"Male": 0.75, "Female": 0.25}
    assert result.confidence.age is None
    assert result.confidence.voice == 0.9


async def test_fields_come_before_the_rest_is_known(tokens: TextTokens) -> None:
    _, events, _ = await run(served(tokens, voiced(rest_of(example())))[0])
    age = next(n for n, event in enumerate(events) if getattr(event, "path", "").endswith("age"))
    assert any(isinstance(event, DeltaPayload) for event in events[age + 4 :])


@pytest.mark.parametrize(
    ("rest", "failures"),
    [
        (rest_of(example()), {}),
        ("}", {"unparseable": 1}),
        (rest_of(example())[:-1], {"unparseable": 1}),
        (rest_of(example()).replace('"Adult"', '"Old"'), {"unparseable": 1}),
        (rest_of(example()).replace('"Adult"', "null"), {"rule_broken": 1}),
        (
            rest_of(
                example(
                    discrete_events=(
                        Event(label="dog bark", characteristic="near"),
                        Event(label="Dog bark", characteristic="far"),
                    )
                )
            ),
            {"mended": 1},
        ),
    ],
)
async def test_failures_are_counted_by_kind(
    tokens: TextTokens, rest: str, failures: dict[str, int]
) -> None:
    _, _, result = await run(served(tokens, voiced(rest))[0])
    assert result.failures == failures


async def test_a_budget_that_ends_in_the_text_counts_as_closed(tokens: TextTokens) -> None:
    _, _, result = await run(served(tokens, voiced(rest_of(example())))[0], max_tokens=40)
    assert result.failures == {"closed_at_budget": 1}
    assert result.document.transcription == "hello"
    assert "nonLinguisticEvents.discreteEvents" in result.incomplete


async def test_a_budget_that_ends_in_the_draft_closes_it_there(tokens: TextTokens) -> None:
    head = len(tokens.encode_text(START.text))
    model, engine = served(tokens, draft="héllo world")
    _, _, result = await run(model, max_tokens=head + 3)
    assert len(engine.requests) == 1
    assert result.document.transcription == "h"
    assert result.incomplete[0] == "transcription"


async def test_deadline_and_abort_are_errors(tokens: TextTokens) -> None:
    slow = served(tokens, lambda _: Reply('"', latency_s=60))[0]
    with pytest.raises(DeadlineExceeded, match="the deadline passed"):
        await run(slow, deadline=time.monotonic() + 0.01)
    ended = served(tokens, lambda _: Reply('"', finish="aborted"))[0]
    with pytest.raises(EngineDead, match="aborted"):
        await run(ended)


def test_released_text_is_never_taken_back(
    proving: Callable[[int, int], int], evidence: Callable[..., None]
) -> None:
    """However the text is chunked, and wherever it is cut: deltas make the final document."""
    count = proving(60, 5_000)
    settings(max_examples=count)(given(documents(), st.data())(stream))()
    evidence("Streams", {"documents, chunked and cut at random": count, "unequal": 0})


def stream(document: UasDocument, data: st.DataObject) -> None:
    """Feed one document in chunks, up to some place, and compare what came out with the end."""
    whole = document.canonical()
    end = data.draw(st.integers(0, len(whole)))
    sizes = data.draw(st.lists(st.integers(1, 40), min_size=1))
    settler, sent, told, place = Settler(), "", [], 0
    while place < end:
        size = sizes[place % len(sizes)]
        settled = settler.feed(whole[place : min(place + size, end)])
        sent += settled.text
        told += [path for path, _ in settled.fields]
        place += size
    outcome = conclude(whole[:end].encode(), cut=end < len(whole))
    settled = settler.finish(outcome.document)
    assert sent + settled.text == outcome.document.canonical()
    assert told + [path for path, _ in settled.fields] == list(FIELDS)
    if end == len(whole):
        assert outcome.document == mend(document)[0]
