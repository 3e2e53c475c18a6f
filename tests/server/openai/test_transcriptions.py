"""The official Python SDK gets a transcript in every form that OpenAI has."""

from pathlib import Path

import openai
import pytest
from clips import encoded, tone
from talking import SAID

EXAMPLE = Path(__file__).parents[3] / "examples" / "hello.flac"
SRT = """1
00:00:00,100 --> 00:00:00,300
Hello there.

2
00:00:00,400 --> 00:00:00,700
&lt;i&gt;Bye&lt;/i&gt; --&gt; now

"""


def transcribe(sdk, clip, **options):
    return sdk.audio.transcriptions.create(file=("a.wav", clip), model="fake-model", **options)


def test_json(sdk, clip):
    answer = transcribe(sdk, clip)
    assert answer.text == SAID
    assert answer.usage.type == "tokens"
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens
    assert answer.usage.input_token_details.audio_tokens > 0


def test_text_is_the_bare_transcript(sdk, clip):
    assert transcribe(sdk, clip, response_format="text") == SAID + "\n"


def test_subtitles_end_with_sentences_and_hold_no_markup(sdk, clip):
    assert transcribe(sdk, clip, response_format="srt") == SRT
    vtt = transcribe(sdk, clip, response_format="vtt")
    assert vtt.startswith("WEBVTT\n\n00:00:00.100 --> 00:00:00.300\nHello there.\n\n")
    assert "<" not in vtt


def test_verbose_json_has_segments_and_words_as_asked(sdk, clip):
    plain = transcribe(sdk, clip, response_format="verbose_json")
    assert (plain.text, plain.language, plain.duration) == (SAID, "en", 1.0)
    assert [(part.start, part.end, part.text) for part in plain.segments] == [
        (0.1, 0.3, "Hello there."),
        (0.4, 0.7, "<i>Bye</i> --> now"),
    ]
    assert plain.segments[0].avg_logprob is None
    assert plain.words is None
    timed = transcribe(sdk, clip, response_format="verbose_json", timestamp_granularities=["word"])
    assert timed.segments is None
    assert (timed.words[0].word, timed.words[0].start, timed.words[0].end) == ("Hello", 0.1, 0.2)
    both = transcribe(
        sdk,
        clip,
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
        language="en",
        temperature=0,
    )
    assert len(both.words) == 5
    assert len(both.segments) == 2


def test_a_stream_says_the_transcript_and_then_all_of_it(sdk, clip):
    events = list(transcribe(sdk, clip, stream=True))
    assert [event.type for event in events] == ["transcript.text.delta", "transcript.text.done"]
    assert "".join(event.delta for event in events[:-1]) == events[-1].text == SAID


def test_only_the_transcript_is_decoded(sdk, clip, engine):
    asked = len(engine.requests)
    transcribe(sdk, clip)
    assert len(engine.requests) == asked + 1  # whether there is a voice; the draft says the rest


def test_a_long_clip_is_transcribed_window_by_window(server_of, model_of, sdk_of, engine):
    model = model_of(engine, draft="One. Two", window_s=2)
    with (
        server_of(model=model, api_keys=["k"]).live() as url,
        sdk_of(f"{url}/v1") as sdk,
    ):
        clip = encoded(tone(5.0))
        answer = transcribe(sdk, clip, response_format="verbose_json")
        events = list(transcribe(sdk, clip, stream=True))
    count = len(answer.segments)
    assert count >= 3
    assert answer.text == " ".join(["One. Two"] * count)
    assert [part.text for part in answer.segments] == ["One. Two"] * count
    assert (answer.segments[0].start, answer.segments[-1].end) == (0.0, 5.0)
    assert "".join(event.delta for event in events[:-1]) == events[-1].text == answer.text


def test_a_clip_without_a_voice_has_an_empty_transcript(server_of, sdk_of, clip):
    with server_of(api_keys=["k"]).live() as url, sdk_of(f"{url}/v1") as sdk:
        assert transcribe(sdk, clip).text == ""
        assert transcribe(sdk, clip, response_format="srt") == ""
        assert transcribe(sdk, clip, response_format="vtt") == "WEBVTT\n\n"
        assert [event.type for event in transcribe(sdk, clip, stream=True)] == [
            "transcript.text.done"
        ]


@pytest.mark.parametrize(
    ("options", "kind", "code", "param"),
    [
        ({"prompt": "Um,"}, openai.BadRequestError, "unsupported_parameter", "prompt"),
        ({"include": ["logprobs"]}, openai.BadRequestError, "unsupported_parameter", "include[]"),
        ({"temperature": 0.5}, openai.BadRequestError, "invalid_parameter", "temperature"),
        (
            {"response_format": "diarized_json"},
            openai.BadRequestError,
            "invalid_parameter",
            "response_format",
        ),
        (
            {"timestamp_granularities": ["word"]},
            openai.BadRequestError,
            "invalid_parameter",
            "timestamp_granularities[]",
        ),
        (
            {"response_format": "srt", "stream": True},
            openai.BadRequestError,
            "invalid_parameter",
            "stream",
        ),
        (
            {"language": "fr"},
            openai.UnprocessableEntityError,
            "unsupported_language",
            "language",
        ),
        ({"extra_body": {"modle": "x"}}, openai.BadRequestError, "unknown_parameter", None),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(sdk, clip, options, kind, code, param):
    with pytest.raises(kind) as raised:
        transcribe(sdk, clip, **options)
    assert (raised.value.code, raised.value.param) == (code, param)
    assert raised.value.request_id


def test_errors_are_those_that_the_sdk_knows(sdk, sdk_of, live_url, clip):
    with pytest.raises(openai.NotFoundError, match="runs fake-model"):
        sdk.audio.transcriptions.create(file=("a.wav", clip), model="whisper-1")
    with pytest.raises(openai.APIStatusError) as raised:
        transcribe(sdk, b"no audio")
    assert (raised.value.status_code, raised.value.code) == (415, "unsupported_media_type")
    stranger = openai.OpenAI(base_url=live_url, api_key="no", max_retries=0)
    with stranger, pytest.raises(openai.AuthenticationError):
        transcribe(stranger, clip)


@pytest.mark.slow
@pytest.mark.model
def test_the_shipped_model_transcribes_the_example(model_url, sdk_of):
    with sdk_of(model_url) as sdk:
        answer = sdk.audio.transcriptions.create(
            file=EXAMPLE,
            model="uas-audio-tiny",
            response_format="verbose_json",
            timestamp_granularities=["word", "segment"],
        )
    assert "door" in answer.text.lower()
    assert [part.text[-1] for part in answer.segments] == ["?", "."]
    assert all(0.0 <= word.start <= word.end <= answer.duration for word in answer.words)
    assert " ".join(word.word for word in answer.words) == answer.text
