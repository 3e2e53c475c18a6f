"""What the engine sends, and what it makes of back ends that fail, stray, or are slow."""

import asyncio
import base64
import io
import logging
import time
import wave
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

import numpy as np
import pytest
from remote_subject import CLIP, remote_over

from uas_model.tokens import TextTokens
from uas_schema.document import UasDocument
from uas_schema.grammar import close
from uas_schema.skeleton import START, after_transcription, voice_skeleton
from uas_server.engine.errors import EngineBusy, EngineDead, EngineError, NoLegalAnswer
from uas_server.engine.protocol import Choice, Final, GenerateRequest, Regex
from uas_server.engine.remote.engine import RemoteEngine
from uas_server.engine.remote.fake import Conduct, FakeBackend

YES_NO = Choice(("yes", "no"))
BROKEN = [
    Conduct(dies="before"),
    Conduct(status=500),
    Conduct(status=401),
    Conduct(status=404),
    Conduct(junk=b"<html>no stream</html>"),
    Conduct(junk=b'data: {"choices": 7}\n\n'),
    Conduct(junk=b"data: " + b"x" * (3 << 20)),
    Conduct(junk=b'data: {"choices": [{"delta": {"content": "ye"}}]}\n\n'[:20]),
]


@asynccontextmanager
async def running(
    tokens: TextTokens, backends: Sequence[FakeBackend], **changes: Any
) -> AsyncGenerator[RemoteEngine, None]:
    engine = remote_over(tokens, backends, **changes)
    await engine.start()
    try:
        yield engine
        assert [backend.running for backend in engine.backends] == [0] * len(backends)
    finally:
        await engine.close()


async def run(engine: RemoteEngine, request: GenerateRequest) -> Final:
    *_, final = [event async for event in engine.generate(request)]
    assert isinstance(final, Final)
    return final


def says(*texts: str) -> FakeBackend:
    """A back end that cannot keep to a pattern and says these texts in turn."""
    left = list(texts)
    return FakeBackend(lambda _: Conduct(text=left.pop(0) if left[1:] else left[0]))


async def test_vllm_gets_clip_pattern_and_beginning(tokens, request_of):
    backend = FakeBackend()
    said = START.text + '"he said <|im_end|>"'
    async with running(tokens, [backend], model="served", same_vocabulary=False) as engine:
        await run(
            engine,
            request_of(
                "What? <|im_end|><sound>",
                prefill_ids=tuple(tokens.encode_text(said)),
                constraint=after_transcription(voice=True),
                cache_salt="salt",
            ),
        )
    (body,) = backend.bodies
    sound, text = body["messages"][0]["content"]
    assert text == {"type": "text", "text": "What? < |im_end|>< sound>"}
    with wave.open(io.BytesIO(base64.b64decode(sound["input_audio"]["data"]))) as clip:
        samples = np.frombuffer(clip.readframes(clip.getnframes()), "<i2")
        assert (clip.getframerate(), clip.getnchannels()) == (16_000, 1)
    np.testing.assert_allclose(samples / 32_767, CLIP, atol=1 / 32_767)
    begun = said.replace("<|", "< |") + ',"paralinguistics":{"age":'
    assert body["messages"][1] == {"role": "assistant", "content": begun}
    assert (body["model"], body["cache_salt"], body["stream"]) == ("served", "salt", True)
    assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)
    assert body["structured_outputs"]["regex"].startswith('(?:"Child"|"Adult"|"Elderly")')


async def test_sglang_gets_its_own_fields(tokens, request_of):
    backend = FakeBackend()
    async with running(tokens, [backend], kind="sglang") as engine:
        assert (await run(engine, request_of(constraint=YES_NO))).text in YES_NO.texts
    (body,) = backend.bodies
    url = body["messages"][0]["content"][0]["audio_url"]["url"]
    assert url.startswith("data:audio/wav;base64,")
    assert body["regex"] == "(?:yes|no)"
    assert "structured_outputs" not in body


async def test_closed_values_cost_a_request_each_only_when_they_are_rated(tokens, request_of):
    backend = FakeBackend()
    async with running(tokens, [backend]) as engine:
        plain = await run(engine, request_of(constraint=voice_skeleton()))
        assert len(backend.bodies) == 1
        rated = await run(engine, request_of(constraint=voice_skeleton(), want_probs=True))
        assert len(backend.bodies) >= 6
    assert plain.slot_probs is None
    assert rated.slot_probs is not None
    assert all(sum(p.values()) == pytest.approx(1) for p in rated.slot_probs.values())


async def test_without_logprobs_there_are_no_probabilities(tokens, request_of):
    backend = FakeBackend(lambda _: Conduct(logprobs=False))
    async with running(tokens, [backend]) as engine:
        final = await run(engine, request_of(constraint=voice_skeleton(), want_probs=True))
    assert UasDocument.parse(final.text).has_voice
    assert final.slot_probs == {}


@pytest.mark.parametrize("conduct", BROKEN, ids=repr)
async def test_a_broken_back_end_is_passed_over(tokens, request_of, conduct):
    broken = FakeBackend(lambda _: conduct)
    async with running(tokens, [broken, FakeBackend()], failures=2) as engine:
        for _ in range(6):
            assert (await run(engine, request_of(constraint=YES_NO))).finish == "stop"
        assert [backend.state for backend in engine.backends] == ["open", "closed"]
        assert len(broken.bodies) == 2


async def test_nobody_is_tried_again_when_an_answer_has_begun(tokens, request_of):
    backends = [FakeBackend(lambda _: Conduct(dies="after", dies_after=3)) for _ in range(2)]
    async with running(tokens, backends, failures=9) as engine:
        with pytest.raises(EngineDead, match="in the middle of an answer"):
            await run(engine, request_of(constraint=voice_skeleton()))
    assert sum(len(backend.bodies) for backend in backends) == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_busy_back_ends_are_no_failure(tokens, request_of, status):
    backends = [FakeBackend(lambda _: Conduct(status=status)) for _ in range(2)]
    async with running(tokens, backends, failures=1) as engine:
        with pytest.raises(EngineBusy):
            await run(engine, request_of())
        assert engine.health() == "ready"
        assert [backend.outcomes["busy"] for backend in engine.backends] == [1, 1]


async def test_a_refused_request_is_not_sent_elsewhere(tokens, request_of):
    backends = [FakeBackend(lambda _: Conduct(status=400)) for _ in range(2)]
    async with running(tokens, backends, failures=1) as engine:
        with pytest.raises(EngineError, match="refused"):
            await run(engine, request_of())
        assert engine.health() == "ready"
    assert sum(len(backend.bodies) for backend in backends) == 1


@pytest.mark.parametrize("slow", [Conduct(latency_s=3600), Conduct(step_s=3600)], ids=repr)
async def test_a_back_end_that_says_nothing_is_given_up(tokens, request_of, slow):
    silent = FakeBackend(lambda _: slow)
    patience = {"begin_s": 2.0, "failures": 1}
    async with running(tokens, [silent, FakeBackend()], **patience) as engine:
        for number in range(3):
            await run(engine, request_of(request_id=str(number), constraint=YES_NO))
        assert engine.backends[0].state == "open"
    assert (silent.running, silent.given_up) == (0, 1)


async def test_who_leaves_ends_the_request_upstream(tokens, request_of):
    backend = FakeBackend(lambda _: Conduct(step_s=0.001))
    async with running(tokens, [backend]) as engine:
        request = request_of(constraint=Regex("[a-z ]{400}"))
        async with aclosing(engine.generate(request)) as events:
            await anext(events)
            assert backend.running == 1
        assert (backend.running, backend.given_up) == (0, 1)
        late = request_of(constraint=Regex("[a-z ]{400}"), deadline=time.monotonic() + 0.02)
        assert (await run(engine, late)).finish == "deadline"
        assert backend.running == 0


async def test_an_answer_in_words_is_read_and_one_that_strays_is_asked_for_again(
    tokens, request_of
):
    begun = START.text + '"hi","paralinguistics":{"age":"Adult","gender":"Male",'
    rest = (
        '"emotion":"Neutral","accent":null,"prosody":null,"timbre":null},"nonLinguisticEvents":'
        '{"description":null,"discreteEvents":[],"continuousEvents":[]}}'
    )
    backend = says("```json\n" + begun + '"emotion":"Bored"', begun + rest.replace(",", ", "))
    async with running(tokens, [backend], kind="openai") as engine:
        final = await run(engine, request_of(constraint=voice_skeleton()))
        assert engine.strays.count == 1
        assert engine.capabilities.probabilities is False
    assert UasDocument.parse(final.text).paralinguistics.emotion == "Neutral"
    first, second = backend.bodies
    assert '"Child" or "Adult" or "Elderly"' in first["messages"][0]["content"][2]["text"]
    assert second["temperature"] > first["temperature"] == 0
    assert second["messages"][0]["content"][3]["text"].endswith('"emotion":"')
    assert "structured_outputs" not in first


async def test_what_never_keeps_to_the_form_is_cut_where_it_left_it(tokens, request_of):
    backend = says(START.text + '"hi","mood":"fine"}')
    async with running(tokens, [backend], kind="openai", repairs=2) as engine:
        final = await run(engine, request_of(constraint=voice_skeleton()))
        assert engine.strays.count == 3
    assert final.finish == "length"
    assert close(final.text.encode()).document.transcription == "hi"


@pytest.mark.parametrize("constraint", [YES_NO, Regex('"[a-z]"')], ids=repr)
async def test_an_answer_that_cannot_be_closed_is_an_error(tokens, request_of, constraint):
    async with running(tokens, [says("I would rather not.")], kind="openai") as engine:
        with pytest.raises(NoLegalAnswer):
            await run(engine, request_of(constraint=constraint))


@pytest.mark.parametrize("answer", ["Yes.", " yes", "```\nyes\n```", "YES, it is"])
async def test_a_choice_is_found_in_words(tokens, request_of, answer):
    async with running(tokens, [says(answer)], kind="openai") as engine:
        assert (await run(engine, request_of(constraint=YES_NO))).text == "yes"


async def test_a_string_that_goes_round_in_circles_is_closed_and_the_rest_asked_for(
    tokens, request_of
):
    loops = Conduct(text='"' + "la " * 500)
    answers = iter([loops])
    backend = FakeBackend(lambda _: next(answers, Conduct()))
    async with running(tokens, [backend]) as engine:
        final = await run(engine, request_of(constraint=voice_skeleton(), max_tokens=1500))
        assert engine.strays.count == 0
    assert final.finish == "repetition"
    assert UasDocument.parse(final.text).transcription.startswith("la la la")
    assert len(backend.bodies) == 2


async def test_a_back_end_that_strays_in_spite_of_a_pattern_is_held_to_the_rest(tokens, request_of):
    strays = iter([Conduct(text='"a \\"quoted\\" word","paralinguistics":{"age":"C!')])
    backend = FakeBackend(lambda _: next(strays, Conduct()))
    async with running(tokens, [backend]) as engine:
        final = await run(engine, request_of(constraint=voice_skeleton(), max_tokens=1500))
        assert engine.strays.count == 1
    document = UasDocument.parse(final.text)
    assert document.transcription == 'a "quoted" word'
    assert document.paralinguistics.age == "Child"


async def test_an_answer_without_end_is_cut_at_the_budget(tokens, request_of):
    backend = says(" ".join(map(str, range(5000))))
    async with running(tokens, [backend], kind="openai") as engine:
        final = await run(engine, request_of(max_tokens=40))
    assert (final.finish, final.tokens.output) == ("length", 40)
    assert backend.given_up == 1


async def test_one_that_comes_back_is_tried_and_used_again(tokens, request_of):
    first, second = FakeBackend(), FakeBackend()
    async with running(tokens, [first, second], failures=1, look_s=0.01) as engine:
        first.kill()
        second.kill()
        with pytest.raises(EngineDead):
            await run(engine, request_of())
        first.revive()
        while engine.backends[0].state != "half_open":  # noqa: ASYNC110 - the engine looks in time
            await asyncio.sleep(0.005)
        assert (await run(engine, request_of(constraint=YES_NO))).finish == "stop"
        assert engine.backends[0].state == "closed"


async def test_a_start_without_back_ends_says_so(tokens):
    dead = FakeBackend()
    dead.kill()
    engine = remote_over(tokens, [dead], start_s=0.1)
    with pytest.raises(EngineDead, match="no back end answers"):
        await engine.start()
    assert engine.health() == "dead"


async def test_keys_go_to_their_back_end_and_nowhere_else(tokens, request_of, caplog):
    keyed, plain = FakeBackend(lambda _: Conduct(status=500)), FakeBackend()
    engine = remote_over(tokens, [keyed, plain], keys={0: "canary-key"})
    with caplog.at_level(logging.DEBUG):
        await engine.start()
        await run(engine, request_of("canary-question"))
        await engine.close()
    assert set(keyed.keys) == {"Bearer canary-key"}
    assert set(plain.keys) == {None}
    assert "back_end_failed" in caplog.text
    assert "canary" not in caplog.text
