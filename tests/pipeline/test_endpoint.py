"""Model servers: what is sent, what is tried again, what becomes of answers that do not fit."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from scripted_endpoint import Answer, completion, scripted_endpoint

from uas_pipeline.caption.openai import OpenAiCaptioner
from uas_pipeline.caption.uas import UasCaptioner, document_caption
from uas_pipeline.corpora.speech import Recording
from uas_pipeline.endpoint.chat import ChatClient, text_part
from uas_pipeline.endpoint.config import EndpointConfig, Price
from uas_pipeline.errors import ConfigError, EndpointError, PipelineError, Rejected
from uas_pipeline.synthesize.config import MergeConfig
from uas_pipeline.synthesize.openai import OpenAiSynthesizer
from uas_pipeline.synthesize.reading import events_listed, values_named
from uas_schema.document import Event, NonLinguisticEvents, Paralinguistics, UasDocument
from uas_schema.strict import Strict

SAMPLES = (0.1 * np.sin(np.arange(16_000) * 0.1)).astype(np.float32)
DRAFT = {
    "age": "Adult", "gender": "Female", "emotion": "Anger", "accent": None,
    "prosody": "fast pace, high pitch, wide range", "timbre": None, "description": None,
    "discrete": [{"label": "barking", "characteristic": "short, dark"},
                 {"label": "piano", "characteristic": "long, bright"}],
    "continuous": [],
}  # fmt: skip
SPOKEN = UasDocument(
    transcription="hello",
    paralinguistics=Paralinguistics(
        age="Adult", gender="Female", emotion="Anger", accent="British English",
        prosody="fast pace, high pitch, wide range", timbre="bright, clear",
    ),
    non_linguistic_events=NonLinguisticEvents(
        description="Speech with dog bark in the background",
        discrete_events=(Event(label="dog bark", characteristic="short, dark"),),
        continuous_events=(Event(label="rain", characteristic="steady, dark"),),
    ),
)  # fmt: skip


class Word(Strict):
    word: str


def _config(url: str, **changes: object) -> EndpointConfig:
    return EndpointConfig.model_validate({"base_url": url, "model": "m", **changes})


def _ask(client: ChatClient) -> str:
    return client.ask([text_part("a word")], Word, Word.model_json_schema()).word


def test_a_question_carries_schema_temperature_and_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", "secret")
    with scripted_endpoint(completion({"word": "yes"})) as endpoint:
        client = ChatClient(_config(endpoint.url, key_variable="SOME_KEY"))
        assert _ask(client) == "yes"
        client.close()
    method, path, headers, _ = endpoint.asked[0]
    assert (method, path, headers["authorization"]) == (
        "POST", "/v1/chat/completions", "Bearer secret",
    )  # fmt: skip
    sent = endpoint.json()
    assert (sent["temperature"], sent["model"]) == (0, "m")
    assert sent["response_format"]["json_schema"]["schema"] == Word.model_json_schema()


def test_a_key_that_is_not_set_is_named() -> None:
    with pytest.raises(EndpointError, match="variable 'NO_SUCH_KEY': set it"):
        ChatClient(_config("http://127.0.0.1:9/v1", key_variable="NO_SUCH_KEY"))


def test_tokens_and_money_are_counted() -> None:
    price = Price(prompt_per_million=1000.0, completion_per_million=5000.0)
    with scripted_endpoint(completion({"word": "yes"})) as endpoint:
        client = ChatClient(_config(endpoint.url, price=price))
        _ask(client)
        _ask(client)
        client.close()
    spent = client.costs.spent
    assert (spent.requests, spent.prompt_tokens, spent.completion_tokens) == (2, 200, 40)
    assert spent.money == pytest.approx(0.4)


def test_a_busy_server_is_asked_again_after_doubled_waits() -> None:
    waits: list[float] = []
    busy, later = Answer(status=503), Answer(status=429, headers={"retry-after": "7"})
    broken = Answer({"half": 1}, break_off=True)
    with scripted_endpoint(busy, later, broken, completion({"word": "yes"})) as endpoint:
        client = ChatClient(_config(endpoint.url, timeout_s=5), wait=waits.append)
        assert _ask(client) == "yes"
        client.close()
    assert waits == [1.0, 7.0, 4.0]
    assert client.costs.spent.retries == 3


def test_the_server_cannot_ask_for_endless_waits() -> None:
    waits: list[float] = []
    with scripted_endpoint(Answer(status=429, headers={"retry-after": "1e9"})) as endpoint:
        client = ChatClient(_config(endpoint.url, attempts=3, longest_wait_s=9), wait=waits.append)
        with pytest.raises(EndpointError, match="answers with status 429, 3 times"):
            _ask(client)
        client.close()
    assert waits == [9.0, 9.0]


def test_a_server_that_is_not_there_is_named() -> None:
    with scripted_endpoint(Answer()) as endpoint:
        pass
    client = ChatClient(_config(endpoint.url, attempts=2), wait=lambda _: None)
    with pytest.raises(EndpointError, match=r"127\.0\.0\.1.* cannot be reached \(ConnectError\)"):
        _ask(client)
    client.close()


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (Answer({"error": "SECRET"}, status=400), Rejected, "endpoint_refused"),
        (Answer({"error": "SECRET"}, status=401), EndpointError, "status 401: check base_url"),
        (Answer({"error": "SECRET"}, status=404), EndpointError, "status 404: check base_url"),
        (Answer(b"SECRET junk"), Rejected, "answer_not_json"),
        (Answer({"choices": []}), Rejected, "answer_empty"),
        (completion(None), Rejected, "answer_empty"),
        (completion('{"word": "ye', finish_reason="length"), Rejected, "answer_cut"),
        (completion("I think the word is yes"), Rejected, "answer_not_json"),
        (completion({"word": 5}), Rejected, "answer_not_json"),
        (completion({"word": "yes", "and": "more"}), Rejected, "answer_not_json"),
        (Answer(b"x" * 5000), Rejected, "answer_too_long"),
    ],
)
def test_answers_that_do_not_fit_have_a_reason_and_leak_nothing(
    answer: Answer, error: type[PipelineError], reason: str
) -> None:
    with scripted_endpoint(answer) as endpoint:
        client = ChatClient(_config(endpoint.url, max_answer_bytes=4000))
        with pytest.raises(error, match=reason) as raised:
            _ask(client)
        client.close()
    assert "SECRET" not in str(raised.value)
    assert len(endpoint.asked) == 1


def test_a_captioner_hears_the_clip(recording: Recording, tmp_path: Path) -> None:
    answer = completion({"voice": "A sad man.", "environment": None})
    with scripted_endpoint(answer) as endpoint:
        client = ChatClient(_config(endpoint.url))
        caption = OpenAiCaptioner(client, "captioner").caption(recording, SAMPLES)
        with pytest.raises(Rejected, match="clip_too_long"):
            OpenAiCaptioner(client, "captioner", longest_s=0.5).caption(recording, SAMPLES)
        client.close()
    assert (caption.voice, caption.backend, caption.version) == ("A sad man.", "openai",
                                                                 "captioner")  # fmt: skip
    assert caption.measures["duration_s"] == 1.0
    audio = endpoint.json()["messages"][0]["content"][1]["input_audio"]
    (tmp_path / "sent.wav").write_bytes(base64.b64decode(audio["data"]))
    heard, rate_hz = soundfile.read(tmp_path / "sent.wav", dtype="float32")
    assert (audio["format"], rate_hz) == ("wav", 16_000)
    assert np.abs(heard - SAMPLES).max() < 1e-4


def test_a_draft_adds_only_what_the_caption_says(recording: Recording) -> None:
    answers = (
        completion({"voice": "An angry woman, high and fast.", "environment": "A dog barks."}),
        completion(DRAFT),
    )
    with scripted_endpoint(*answers) as endpoint:
        client = ChatClient(_config(endpoint.url))
        caption = OpenAiCaptioner(client, "c").caption(recording, SAMPLES)
        record = OpenAiSynthesizer(client, MergeConfig()).synthesize(recording, caption)
        client.close()
    voice, heard = record.document.paralinguistics, record.document.non_linguistic_events
    assert (voice.gender, record.known["gender"]) == ("Male", "truth")  # the corpus says so
    assert (voice.emotion, record.known["emotion"]) == ("Anger", "evidence")
    assert (voice.prosody, record.known["prosody"]) == (DRAFT["prosody"], "evidence")
    assert [event.label for event in heard.discrete_events] == ["dog bark"]  # no piano
    assert record.document.transcription == recording.text
    prompt = endpoint.json()["messages"][0]["content"][0]["text"]
    assert "An angry woman" in prompt
    assert "gender Male" in prompt


def test_a_draft_on_a_silent_caption_adds_nothing(recording: Recording) -> None:
    quiet = completion({"voice": None, "environment": None})
    with scripted_endpoint(quiet, completion(DRAFT)) as endpoint:
        client = ChatClient(_config(endpoint.url))
        caption = OpenAiCaptioner(client, "c").caption(recording, SAMPLES)
        record = OpenAiSynthesizer(client, MergeConfig()).synthesize(recording, caption)
        client.close()
    assert record.document.paralinguistics.emotion is None
    for field in ("emotion", "prosody", "timbre", "description", "discreteEvents"):
        assert record.known[field] == "none"  # type: ignore[index] # fields by name


def _envelope(**changes: object) -> Answer:
    document = json.loads(SPOKEN.canonical())
    return Answer({"model": "other", "uas": document, "truncated": False, "id": "1", **changes})


MODELS = Answer({"object": "list", "data": [{"id": "other", "ready": True}]})


def test_our_server_s_document_becomes_a_caption_and_back(recording: Recording) -> None:
    with scripted_endpoint(MODELS, _envelope()) as endpoint:
        captioner = UasCaptioner(_config(endpoint.url), not_for_model="mine")
        caption = captioner.caption(recording, SAMPLES)
        captioner.close()
    assert [path for _, path, _, _ in endpoint.asked] == ["/v1/models", "/v1/uas"]
    assert b"RIFF" in endpoint.asked[1][3]
    assert (caption.backend, caption.version) == ("uas", "other")
    assert values_named("emotion", caption.voice or "") == {"Anger"}
    heard = events_listed(caption.environment or "")
    assert heard.discrete == SPOKEN.non_linguistic_events.discrete_events
    assert heard.continuous == SPOKEN.non_linguistic_events.continuous_events


def test_a_document_without_a_voice_has_no_words_on_one() -> None:
    caption = document_caption(UasDocument.no_voice("Silence"), {}, "m")
    assert (caption.voice, caption.environment) == (None, "Silence.")


@pytest.mark.parametrize(
    ("not_for", "answers", "error", "message"),
    [
        ("other", (MODELS,), ConfigError, "runs 'other', the model that this data is for"),
        ("mine", (MODELS, _envelope(model="mine")), ConfigError, "runs 'mine'"),
        ("mine", (MODELS, _envelope(truncated=True)), Rejected, "answer_cut"),
        ("mine", (MODELS, _envelope(uas={})), Rejected, "answer_not_json"),
        ("mine", (Answer({"data": 1}),), EndpointError, "no list of models"),
    ],
)
def test_our_server_is_refused(
    recording: Recording, not_for: str, answers: tuple[Answer, ...],
    error: type[PipelineError], message: str,
) -> None:  # fmt: skip
    with scripted_endpoint(*answers) as endpoint, pytest.raises(error, match=message):
        UasCaptioner(_config(endpoint.url), not_for).caption(recording, SAMPLES)


def test_errors_can_be_sent_between_processes() -> None:
    import pickle

    error = pickle.loads(pickle.dumps(Rejected("bad", "what", {"x": 1.0})))  # noqa: S301 # our own
    assert (error.reason, error.message, error.evidence) == ("bad", "what", {"x": 1.0})
