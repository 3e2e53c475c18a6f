"""What is sent to a server and to an endpoint, and what becomes of their answers."""

import base64
import io
import json
from collections.abc import Callable, Sequence

import httpx
import numpy as np
import pytest
import soundfile

from uas_training.config import ConfigError
from uas_training.evaluation.bench.answerers import (
    ChatAnswerer,
    ListenerAnswerer,
    ServerAnswerer,
)
from uas_training.evaluation.bench.catalogue import load_catalogue
from uas_training.evaluation.endpoint import AnswerFailed, open_client
from uas_training.evaluation.listeners import Heard

TONE = (0.3 * np.sin(np.arange(8000) / 6)).astype(np.float32)
CHOICES = ("a  dog", "a cat", "a cat")


def client(answer: Callable[[httpx.Request], httpx.Response]) -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(answer), base_url="http://model/v1")


def chat(answer: Callable[[httpx.Request], httpx.Response], waits: list[float]) -> ChatAnswerer:
    prompt = load_catalogue().prompts["letter"]
    return ChatAnswerer(client(answer), "omni", prompt, "letter", waits.append)


def said(text: object) -> httpx.Response:
    return httpx.Response(200, json={"choices": [{"message": {"content": text}}]})


def test_an_endpoint_gets_the_clip_and_lettered_choices() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return said("B")

    assert chat(answer, []).answer(TONE, "Which?", CHOICES) == "B"
    assert seen[0].url.path == "/v1/chat/completions"
    body = json.loads(seen[0].content)
    audio, text = body["messages"][0]["content"]
    samples, rate_hz = soundfile.read(io.BytesIO(base64.b64decode(audio["input_audio"]["data"])))
    assert (len(samples), rate_hz) == (8000, 16000)
    assert text["text"].startswith("Which?\n\nA. a  dog\nB. a cat\nC. a cat\n")
    assert (body["model"], body["temperature"]) == ("omni", 0)
    chat(answer, []).answer(None, "Which?", CHOICES)
    (alone,) = json.loads(seen[1].content)["messages"][0]["content"]
    assert alone["type"] == "text"


def test_a_busy_endpoint_is_asked_again_as_it_says() -> None:
    answers = iter(
        [httpx.Response(503, headers={"retry-after": "7"}), httpx.Response(429), said("A")]
    )
    waits: list[float] = []
    assert chat(lambda _: next(answers), waits).answer(TONE, "Which?", CHOICES) == "A"
    assert waits == [7.0, 4.0]


def test_a_time_to_wait_that_is_no_number_is_not_read() -> None:
    busy = httpx.Response(503, headers=[(b"retry-after", "²".encode("latin-1"))])
    answers, waits = iter([busy, said("A")]), list[float]()
    assert chat(lambda _: next(answers), waits).answer(TONE, "Which?", CHOICES) == "A"
    assert waits == [2.0]


def test_half_a_pair_of_surrogates_is_replaced() -> None:
    half = httpx.Response(200, content=b'{"choices": [{"message": {"content": "A\\ud83d"}}]}')
    assert chat(lambda _: half, []).answer(TONE, "Which?", CHOICES) == "A?"


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (httpx.Response(400, text="the question was"), "HTTP 400"),
        (httpx.Response(503), "HTTP 503"),
        (httpx.Response(200, text="no JSON"), "no JSON object"),
        (httpx.Response(200, json=[]), "no JSON object"),
        (httpx.Response(200, text="[" * 200_000), "no JSON object"),
        (httpx.Response(200, json={"choices": []}), "has no text"),
        (said(None), "has no text"),
    ],
)
def test_a_failure_says_its_kind_and_nothing_of_the_body(
    response: httpx.Response, reason: str
) -> None:
    with pytest.raises(AnswerFailed, match=reason) as failed:
        chat(lambda _: response, []).answer(TONE, "Which?", CHOICES)
    assert "question" not in str(failed.value)


def test_a_connection_that_breaks_is_a_failure() -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    waits: list[float] = []
    with pytest.raises(AnswerFailed, match=r"^ConnectError$"):
        chat(broken, waits).answer(TONE, "Which?", CHOICES)
    assert len(waits) == 4


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://host/v1", "http://", "http://a:b"])
def test_what_is_no_address_is_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(ConfigError, match=r"is no address; give one such as http://127"):
        open_client(url)


def test_our_server_gets_each_choice_once_and_its_answer_is_the_files_text() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"answer": "a dog"})

    transport = httpx.MockTransport(answer)
    server = ServerAnswerer(httpx.Client(transport=transport, base_url="http://uas"), "uas serve")
    assert server.answer(TONE, "Which?", CHOICES) == "a  dog"
    assert seen[0].url.path == "/v1/ask"
    body = seen[0].content
    assert body.count(b'name="choices"') == 2
    server.answer(None, "Which?", CHOICES)
    assert len(seen[1].content) > 32_000  # a second of silence
    with pytest.raises(AnswerFailed, match="1 different choices"):
        server.answer(TONE, "Which?", ("one", " one "))


class Echo:
    """Answers with the last choice."""

    def describe(self, samples: object, draft: str | None, use: str) -> Heard:
        raise NotImplementedError

    def ask(self, samples: object, question: str, choices: Sequence[str] = ()) -> str:
        del samples, question
        assert isinstance(choices, tuple)
        return choices[-1]


def test_a_checkpoint_answers_with_a_choice() -> None:
    answerer = ListenerAnswerer(Echo(), "tiny")
    assert answerer.answer(TONE, "Which?", ("x", "y\n z")) == "y\n z"
