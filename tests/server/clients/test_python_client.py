"""The Python client against a live server: documents, answers, events, jobs, errors, examples."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from talking import SAID

from uas_audio_client import (
    ApiError,
    AsyncUasClient,
    DeltaPayload,
    FieldPayload,
    JobFailed,
    UasClient,
    UasEnvelope,
)
from uas_audio_client.generated.api.about import get_limits, list_models
from uas_schema.document import UasDocument
from uas_server.engine.fake import FakeEngine, Reply

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def client(live_url):
    with UasClient(live_url, "k") as client:
        yield client


def test_a_clip_in_bytes_or_in_a_file_has_a_document(client, clip, clip_file):
    answers = [client.describe(clip), client.describe(clip_file, words=True, max_tokens=300)]
    assert {answer.uas.transcription for answer in answers} == {SAID}
    assert [answer.words is None for answer in answers] == [True, False]
    assert UasDocument.model_validate(answers[0].uas.to_dict()).has_voice


def test_every_kind_of_answer(client, clip):
    assert client.ask(clip, "What is heard?").answer == "Somebody  says hello."
    assert client.ask(clip, "Is it so?", yes_no=True).value is True
    assert client.ask(clip, "Which?", choices=["a dog", "a cat"]).answer == "a dog"
    schema = {
        "type": "object",
        "properties": {"mood": {"type": "string"}, "count": {"type": "integer"}},
    }
    assert client.ask(clip, "How?", schema=schema).value == {"mood": "calm", "count": 2}


def test_events_are_typed_and_end_with_the_answer(client, clip):
    with client.describe_stream(clip) as events:
        *parts, last = events
    assert isinstance(last, UasEnvelope)
    text = "".join(part.text for part in parts if isinstance(part, DeltaPayload))
    assert json.loads(text) == last.uas.to_dict()
    fields = {part.path: part.value for part in parts if isinstance(part, FieldPayload)}
    assert fields["transcription"] == SAID


def test_a_clip_that_delimits_parts_as_generated_code_does_is_sent_whole(client, clip):
    part = b'\r\n--+++\r\nContent-Disposition: form-data; name="model"\r\n\r\nother\r\n--+++--\r\n'
    assert client.describe(clip + part).uas.transcription == SAID


def test_an_error_says_code_parameter_and_request(client, clip):
    with pytest.raises(ApiError, match="max_tokens") as refused:
        client.describe(clip, max_tokens=0)
    error = refused.value
    assert (error.status, error.code, error.param) == (400, "invalid_parameter", "max_tokens")
    assert error.type == "invalid_request_error"
    assert error.request_id


def test_a_stream_that_is_refused_is_the_same_error(client):
    with pytest.raises(ApiError) as refused, client.describe_stream(b"no audio"):
        pytest.fail("the stream began")
    assert (refused.value.status, refused.value.code) == (415, "unsupported_media_type")


def test_the_generated_functions_raise_the_same_errors(client, live_url):
    assert list_models.sync(client=client.api).data[0].id == "fake-model"
    with (
        UasClient(live_url, "another") as stranger,
        pytest.raises(ApiError) as refused,
    ):
        get_limits.sync(client=stranger.api)
    assert refused.value.code == "invalid_api_key"


def test_a_job_from_submission_to_deletion(client, clip_file):
    job = client.submit_job(clip_file, words=True, idempotency_key="once")
    assert client.submit_job(clip_file, words=True, idempotency_key="once").id == job.id
    seen = []
    result = client.wait_for_job(job.id, on_progress=seen.append)
    assert result.uas.transcription == SAID
    assert seen[-1].status == "succeeded"
    assert client.job_result_text(job.id, "vtt").startswith("WEBVTT\n")
    assert job.id in [listed.id for listed in client.jobs()]
    client.delete_job(job.id)
    with pytest.raises(ApiError) as refused:
        client.job(job.id)
    assert refused.value.code == "not_found"


async def test_the_same_calls_awaited(live_url, clip, clip_file):
    async with AsyncUasClient(live_url, "k") as client:
        assert (await client.describe(clip_file)).uas.transcription == SAID
        assert (await client.ask(clip, "Is it so?", yes_no=True)).value is True
        async with client.describe_stream(clip) as events:
            *_, last = [event async for event in events]
        assert isinstance(last, UasEnvelope)
        job = await client.submit_job(clip)
        assert (await client.wait_for_job(job.id)).uas.transcription == SAID
        assert (await client.job_result_text(job.id, "csv")).startswith("start_s,")
        assert job.id in [listed.id async for listed in client.jobs()]
        await client.delete_job(job.id)
        with pytest.raises(ApiError) as refused:
            await client.wait_for_job(job.id)
    assert refused.value.code == "not_found"


def test_a_cancelled_job_fails(server_of, clip):
    engine = FakeEngine(lambda _: Reply("", latency_s=600.0))
    with server_of(engine).live() as url, UasClient(url) as client:
        job = client.submit_job(clip)
        client.delete_job(job.id)
        with pytest.raises(JobFailed, match=f"job {job.id} was cancelled") as failed:
            client.wait_for_job(job.id)
    assert failed.value.job.status == "cancelled"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("describe.py", "somebody speaks: True, in 1.0 s of audio"),
        ("stream.py", f"transcription: {SAID}"),
        ("job.py", "00:00:00,100 --> 00:00:00,300"),
    ],
)
def test_the_example_runs(name, said, live_url, clip_file, environment):
    script = ROOT / "clients" / "python" / "examples" / name
    path = f"{ROOT / 'clients' / 'python'}:{environment['PYTHONPATH']}"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "error", str(script), str(clip_file), live_url],
        env={**environment, "PYTHONPATH": path, "UAS_API_KEY": "k"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
