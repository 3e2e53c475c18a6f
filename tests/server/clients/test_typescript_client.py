"""The TypeScript client: strict types, its own tests, a live server, examples.

Without Node and its packages everything here is skipped.
"""

import json
from pathlib import Path

import pytest
from talking import SAID

from uas_schema.document import UasDocument

TYPESCRIPT = Path(__file__).parents[3] / "clients" / "typescript"


@pytest.fixture(scope="module")
def got(compiled, live_url, clip_file) -> dict:
    """What the client got from a server with a voice in every clip."""
    return json.loads(compiled("build/test/server.js", live_url, "k", clip_file))


def test_its_own_tests_pass(compiled):
    tests = sorted((TYPESCRIPT / "build" / "test").glob("*.test.js"))
    assert len(tests) >= 2
    compiled("--test", *tests)


def test_a_clip_has_a_document(got):
    assert UasDocument.model_validate(got["described"]["uas"]).transcription == SAID
    assert got["model"] == "fake-model"


def test_events_are_typed_and_end_with_the_answer(got):
    *parts, last = got["streamed"]
    assert last["event"] == "final"
    assert last["data"]["words"]
    text = "".join(part["data"]["text"] for part in parts if part["event"] == "delta")
    assert json.loads(text) == last["data"]["uas"]
    fields = [part["data"] for part in parts if part["event"] == "field"]
    assert {"path": "transcription", "value": SAID} in fields
    assert got["stoppedEarly"] in {"field", "delta"}


def test_every_kind_of_answer(got):
    assert got["free"] == "Somebody  says hello."
    assert got["yesNo"] is True
    assert got["choice"] == "a dog"
    assert got["json"] == {"mood": "calm", "count": 2}


def test_a_job_from_submission_to_deletion(got):
    job = got["job"]
    assert job["transcription"] == SAID
    assert job["vtt"].startswith("WEBVTT\n")
    assert job["isListed"] is True
    assert job["afterDeletion"]["code"] == "not_found"


def test_errors_say_code_parameter_and_request(got):
    assert got["refused"] == {
        "status": 400,
        "code": "invalid_parameter",
        "param": "max_tokens",
        "hasRequestId": True,
    }
    assert got["noAudio"]["code"] == "unsupported_media_type"
    assert got["stranger"]["code"] == "invalid_api_key"


@pytest.fixture(scope="module")
def live(compiled, live_url, speech_file) -> dict:
    """What it got from live sessions."""
    return json.loads(compiled("build/test/live.js", live_url, "k", speech_file))


def test_a_live_session_from_start_to_done(live):
    events = live["whole"]
    finals = [event["data"] for event in events if event["event"] == "final"]
    assert [answer["uas"]["transcription"] for answer in finals] == [SAID, SAID]
    assert events[-1]["event"] == "done"


def test_a_live_session_goes_on_over_another_connection(live):
    heard = live["resumed"]["heard"]
    numbers = [event["number"] for event in heard if event.get("number")]
    assert numbers == list(range(1, len(numbers) + 1))
    assert sum(event["event"] == "final" for event in heard) == 2
    assert live["resumed"]["first"] == "session_taken_over"


def test_live_sessions_that_end_say_why(live):
    assert (live["odd"], live["badRate"]) == ("invalid_audio", "invalid_message")
    assert live["stranger"] == 1006, "browsers learn no more of a refused connection"


def test_the_live_example_runs(compiled, live_url, speech_file):
    assert compiled("build/examples/live.js", speech_file, live_url).count(f" s: {SAID}") == 2


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("describe.js", "somebody speaks: true, in 1 s of audio"),
        ("stream.js", f"transcription: {json.dumps(SAID)}"),
        ("job.js", "00:00:00,100 --> 00:00:00,300"),
    ],
)
def test_the_example_runs(name, said, compiled, live_url, clip_file):
    assert said in compiled(f"build/examples/{name}", clip_file, live_url)
