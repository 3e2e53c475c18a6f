"""The official Python SDK asks about a clip: freely, by a schema, in chunks, or for a document."""

import json
from pathlib import Path
from typing import Literal

import httpx
import openai
import pytest
from clips import audio_part, encoded, tone
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from talking import SAID

from uas_schema.document import UasDocument
from uas_server.engine.errors import EngineDead
from uas_server.engine.fake import FakeEngine, Reply, legal_reply
from uas_server.engine.protocol import TextDelta
from uas_server.examples import ASK_EXAMPLE
from uas_server.service.envelope import AskEnvelope
from uas_server.service.openai.completion import pieces_of_answer

ENVELOPE = AskEnvelope.model_validate(ASK_EXAMPLE)
EXAMPLE = Path(__file__).parents[3] / "examples" / "hello.flac"


class Mood(BaseModel):
    """What the scripted engine says about a clip."""

    mood: Literal["calm", "tense"]
    count: int


MOOD_FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "Mood", "strict": True, "schema": Mood.model_json_schema()},
}


def text_part(text: str) -> dict:
    return {"type": "text", "text": text}


def user(*parts: dict) -> list[dict]:
    return [{"role": "user", "content": list(parts)}]


def chat(sdk, *parts, **options):
    options.setdefault("messages", user(*parts))
    return sdk.chat.completions.create(**{"model": "fake-model", **options})


def test_a_question_has_an_answer(sdk, clip):
    answer = chat(sdk, text_part("What is heard?"), audio_part(clip))
    (choice,) = answer.choices
    assert choice.message.content == "Somebody  says hello."
    assert (choice.finish_reason, choice.logprobs) == ("stop", None)
    assert answer.id.startswith("chatcmpl-")
    assert answer.usage.prompt_tokens_details.audio_tokens > 0
    usage = answer.usage
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


def test_all_texts_are_one_question_in_order(sdk, clip, engine, tokens):
    messages = [
        {"role": "system", "content": "Be brief."},
        *user(text_part("First."), audio_part(clip, "mp3"), text_part("Second.")),
    ]
    chat(sdk, messages=messages, seed=7, temperature=0.5, max_tokens=40)
    asked = engine.requests[-1]
    assert "Be brief.\nFirst.\nSecond." in tokens.decode(asked.prompt_ids)
    assert (asked.seed, asked.temperature, asked.max_tokens) == (7, 0.5, 40)


def test_a_cut_answer_says_so(sdk, clip):
    answer = chat(sdk, text_part("?"), audio_part(clip), max_completion_tokens=2)
    assert answer.choices[0].finish_reason == "length"
    assert answer.choices[0].message.content == "Someb" + "od"


def test_chunks_join_to_the_answer(sdk, clip):
    stream = chat(
        sdk,
        text_part("?"),
        audio_part(clip),
        stream=True,
        stream_options={"include_usage": True},
    )
    *parts, last = list(stream)
    assert parts[0].choices[0].delta.role == "assistant"
    text = "".join(part.choices[0].delta.content or "" for part in parts)
    assert text == "Somebody  says hello."
    assert parts[-1].choices[0].finish_reason == "stop"
    assert len({part.id for part in [*parts, last]}) == 1
    assert (last.choices, last.usage.completion_tokens > 0) == ([], True)
    without = list(chat(sdk, text_part("?"), audio_part(clip), stream=True))
    assert all(part.choices and part.usage is None for part in without)


def test_structured_output_is_parsed_by_the_sdk(sdk, clip):
    answer = sdk.chat.completions.parse(
        model="fake-model",
        messages=user(text_part("Which mood?"), audio_part(clip)),
        response_format=Mood,
    )
    assert answer.choices[0].message.parsed == Mood(mood="calm", count=2)


def test_a_schema_is_guaranteed_or_refused_by_its_place(sdk, clip, engine):
    def ask(schema: dict):
        wanted = {"type": "json_schema", "json_schema": {"name": "mine", "schema": schema}}
        return chat(sdk, text_part("?"), audio_part(clip), response_format=wanted)

    schema = Mood.model_json_schema()
    assert json.loads(ask(schema).choices[0].message.content) == {"mood": "calm", "count": 2}
    assert type(engine.requests[-1].constraint).__name__ == "Regex"
    schema["properties"]["count"]["minimum"] = 1
    with pytest.raises(openai.BadRequestError) as raised:
        ask(schema)
    assert raised.value.code == "unsupported_schema_keyword"
    place = "response_format.json_schema.schema.properties.count.minimum"
    assert raised.value.param == place


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"messages": "blank"},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "uas"}}},
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "any", "schema": UasDocument.json_schema()},
            }
        },
    ],
)
def test_without_a_question_or_by_its_schema_the_answer_is_the_document(sdk, clip, options):
    parts = [audio_part(clip)]
    if "messages" in options:
        options = {"messages": [{"role": "system", "content": " "}, *user(*parts)]}
    elif options:
        parts.insert(0, text_part("Describe it."))
    answer = chat(sdk, *parts, **options)
    document = UasDocument.parse(answer.choices[0].message.content)
    assert document.has_voice
    chunks = list(chat(sdk, *parts, stream=True, **options))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text == document.canonical()


def test_a_long_clip_without_a_question_is_described_window_by_window(sdk, engine):
    clip = audio_part(encoded(tone(40.0)))
    answer, asked = chat(sdk, clip), len(engine.requests)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chat(sdk, clip, stream=True))
    assert text == answer.choices[0].message.content
    assert UasDocument.parse(text).transcription == f"{SAID} {SAID}"
    assert len(engine.requests) - asked == 4


def test_a_cut_document_is_valid_and_says_so(sdk, clip):
    answer = chat(sdk, audio_part(clip), max_tokens=3)
    UasDocument.parse(answer.choices[0].message.content)
    assert answer.choices[0].finish_reason == "length"


@pytest.mark.parametrize("kind", ["FLAC", "OGG", "MP3"])
def test_the_container_is_told_by_its_content(sdk, kind):
    clip = encoded(tone(), kind=kind)
    assert chat(sdk, text_part("?"), audio_part(clip, "wav")).choices


def url_part(url: str) -> dict:
    return {"type": "audio_url", "audio_url": {"url": url}}


QUESTION = text_part("?")
REFUSED = [
    ([QUESTION], {}, 400, "missing_parameter", "messages"),
    (["clip", "clip", QUESTION], {}, 400, "invalid_parameter", "messages"),
    ([url_part("https://example.org/a.wav"), QUESTION], {}, 400, "unsupported_parameter", None),
    ([url_part("data:audio/wav;base64,AAAA")], {}, 400, "unsupported_parameter", None),
    (["data: clip"], {}, 400, "unsupported_parameter", "messages"),
    (["bad base64"], {}, 400, "invalid_parameter", "messages"),
    (["no audio"], {}, 415, "unsupported_media_type", "messages"),
    (["empty"], {}, 422, "empty_audio", "messages"),
    (["clip", text_part("x" * 4097)], {}, 400, "invalid_parameter", "messages"),
    (["clip", QUESTION], {"n": 2}, 400, "invalid_parameter", "n"),
    (["clip", QUESTION], {"logprobs": True}, 400, "invalid_parameter", "logprobs"),
    (["clip", QUESTION], {"tools": []}, 400, "unsupported_parameter", "tools"),
    (["clip", QUESTION], {"stop": ["\n"]}, 400, "unsupported_parameter", "stop"),
    (["clip", QUESTION], {"top_p": 0.5}, 400, "invalid_parameter", "top_p"),
    (["clip", QUESTION], {"extra_body": {"top_k": 3}}, 400, "unknown_parameter", None),
    (
        ["clip", QUESTION],
        {"response_format": {"type": "json_object"}},
        400,
        "invalid_parameter",
        "response_format",
    ),
    (
        ["clip", QUESTION],
        {"response_format": {"type": "json_schema", "json_schema": {"name": "mine"}}},
        400,
        "missing_parameter",
        "response_format.json_schema.schema",
    ),
    (
        ["clip"],
        {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {}}}},
        400,
        "invalid_parameter",
        "messages",
    ),
    (
        ["clip", QUESTION],
        {"response_format": MOOD_FORMAT, "max_tokens": 2},
        422,
        "answer_incomplete",
        "max_tokens",
    ),
    (
        ["clip", QUESTION],
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "uas", "schema": {"$id": {"a": 1}}},
            }
        },
        400,
        "invalid_schema",
        "response_format.json_schema.schema",
    ),
    (["long clip", QUESTION], {}, 413, "audio_too_long", "messages"),
    (["clip", QUESTION], {"model": "gpt-audio"}, 404, "model_not_found", "model"),
    (["clip"], {"temperature": 0.5}, 400, "invalid_parameter", "temperature"),
    (
        ["clip", QUESTION],
        {"max_tokens": 5, "max_completion_tokens": 6},
        400,
        "invalid_parameter",
        "max_tokens",
    ),
    (
        ["clip", QUESTION],
        {"stream_options": {"include_usage": True}},
        400,
        "invalid_parameter",
        "stream_options",
    ),
    (
        ["clip", {"type": "image_url", "image_url": {"url": "x"}}],
        {},
        400,
        "invalid_parameter",
        "messages[0].content[1]",
    ),
]


def part_of(name: str | dict, clip: bytes) -> dict:
    """A content part by its name in the table."""
    if isinstance(name, dict):
        return name
    if name == "clip":
        return audio_part(clip)
    if name == "long clip":
        return audio_part(encoded(tone(31.0), kind="FLAC"))
    if name in ("no audio", "empty"):
        return audio_part(b"" if name == "empty" else b"no audio")
    part = audio_part(clip)
    data = part["input_audio"]["data"]
    changed = f"data:audio/wav;base64,{data}" if name == "data: clip" else data[:-3] + "\n*="
    return {"type": "input_audio", "input_audio": {"data": changed, "format": "wav"}}


@pytest.mark.parametrize(("parts", "options", "status", "code", "param"), REFUSED)
def test_what_cannot_be_kept_is_refused_by_name(sdk, clip, parts, options, status, code, param):
    with pytest.raises(openai.APIStatusError) as raised:
        chat(sdk, *(part_of(part, clip) for part in parts), **options)
    error = raised.value
    assert (error.status_code, error.code) == (status, code), error.message
    if param is not None:
        assert error.param == param
    assert raised.value.request_id


def test_a_url_is_refused_by_the_name_of_the_setting(sdk):
    with pytest.raises(openai.BadRequestError, match="setting fetch_urls is off"):
        chat(sdk, url_part("https://example.org/a.wav"))


def test_what_changes_no_answer_is_taken(sdk, clip):
    answer = chat(
        sdk,
        QUESTION,
        audio_part(clip),
        n=1,
        top_p=1,
        frequency_penalty=0,
        presence_penalty=0.0,
        logprobs=False,
        modalities=["text"],
        store=False,
        user="somebody",
        metadata={"a": "b"},
        service_tier="auto",
    )
    assert answer.choices


def test_a_clip_is_measured_before_it_is_decoded(server_of, sdk_of):
    with server_of(api_keys=["k"], upload_bytes=30_000).live() as url, sdk_of(f"{url}/v1") as sdk:
        assert chat(sdk, audio_part(encoded(tone(0.9)))).choices
        for size in (30_001, 60_000, 200_000):
            with pytest.raises(openai.APIStatusError) as raised:
                chat(sdk, audio_part(b"\0" * size))
            assert (raised.value.status_code, raised.value.code) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "invalid_body"),
        (b"[]", "invalid_parameter"),
        (b'{"messages":' + b"[" * 100_000, "invalid_body"),
        (b'{"messages":[{"role":"user","content":[' + b'{"a":' * 300, "invalid_body"),
        (b'{"messages":[{"role":"user","content":"\xff"}]}', "invalid_body"),
        (b'{"messages":[{"role":"user","content":"\\ud800"}]}', "invalid_body"),
        (b'{"messages":[{"role":"user","content":"a","x<y>":1}]}', "unknown_parameter"),
        (b'{"messages":[{"role":"assistant","content":"a"}]}', "invalid_parameter"),
        (b'{"messages":[]}', "invalid_parameter"),
        (b"{}", "missing_parameter"),
    ],
)
def test_json_that_cannot_be_read_is_refused_without_repeating_it(live_url, body, code):
    headers = {"authorization": "Bearer k", "content-type": "application/json"}
    answer = httpx.post(f"{live_url}/chat/completions", content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code
    assert "x<y>" not in answer.text


def test_other_types_of_body_are_refused(live_url, clip):
    answer = httpx.post(
        f"{live_url}/chat/completions", files={"file": clip}, headers={"authorization": "Bearer k"}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "unsupported_media_type")


def test_a_failure_within_a_stream_reaches_the_sdk(server_of, model_of, sdk_of, clip):
    def script(request):
        return Reply(legal_reply(request).text * 20, crash_after_tokens=3)

    with (
        server_of(model=model_of(FakeEngine(script)), api_keys=["k"]).live() as url,
        sdk_of(f"{url}/v1") as sdk,
    ):
        stream = chat(sdk, QUESTION, audio_part(clip), stream=True)
        with pytest.raises(openai.APIError, match="starting or restarting"):
            list(stream)


@given(st.lists(st.text(" \nab", max_size=5), max_size=8))
async def test_the_texts_of_any_answer_join_to_it(texts: list[str]):
    async def events():
        for text in texts:
            yield TextDelta(text)
        yield ENVELOPE.replace(answer="".join(texts).strip())

    *pieces, answer = [piece async for piece in pieces_of_answer(events())]
    assert "".join(pieces) == answer.content


def test_without_an_engine_the_sdk_is_told_when_to_try_again(server_of, sdk_of, clip):
    class Gone(FakeEngine):
        async def restart(self) -> None:
            raise EngineDead("nothing to start")

    engine = Gone()
    with server_of(engine, api_keys=["k"], queue=0).live() as url, sdk_of(f"{url}/v1") as sdk:
        sdk.models.list()  # answered once the server has started
        engine.kill()
        for call in (
            lambda: chat(sdk, audio_part(clip)),
            lambda: sdk.audio.transcriptions.create(file=("a.wav", clip), model="fake-model"),
        ):
            with pytest.raises(openai.InternalServerError) as raised:
                call()
            assert raised.value.code == "engine_unavailable"
            assert raised.value.response.headers["retry-after"]


@pytest.mark.slow
@pytest.mark.model
def test_the_shipped_model_answers_and_describes(model_url, sdk_of):
    clip = audio_part(EXAMPLE.read_bytes(), "flac")
    with sdk_of(model_url) as sdk:
        answer = sdk.chat.completions.create(
            model="uas-audio-tiny",
            messages=user(text_part("Is the speaker a man or a woman?"), clip),
            max_tokens=30,
        )
        document = sdk.chat.completions.create(model="uas-audio-tiny", messages=user(clip))
    assert answer.choices[0].message.content
    assert UasDocument.parse(document.choices[0].message.content).has_voice
