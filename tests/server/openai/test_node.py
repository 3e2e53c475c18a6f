"""The official SDK for Node gets the same answers; `tests/node/sdk.mjs` is what it runs."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from talking import SAID

from uas_schema.document import UasDocument

FOLDER = Path(__file__).parents[2] / "node"
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(
    NODE is None or not (FOLDER / "node_modules" / "openai").is_dir(),
    reason="needs Node 20 and its packages: npm ci --prefix tests/node",
)


@pytest.fixture(scope="module")
def got(live_url, clip, tmp_path_factory) -> dict:
    """What the SDK got from a server with a voice in every clip."""
    file = tmp_path_factory.mktemp("clip") / "clip.wav"
    file.write_bytes(clip)
    done = subprocess.run(  # noqa: S603
        [str(NODE), "sdk.mjs", live_url, "k", "fake-model", str(file)],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_form_of_a_transcript(got):
    forms = got["transcriptions"]
    assert forms["json"]["text"] == SAID
    assert forms["text"] == SAID + "\n"
    assert forms["srt"].startswith("1\n00:00:00,100 --> 00:00:00,300\nHello there.\n\n2\n")
    assert forms["vtt"].startswith("WEBVTT\n\n00:00:00.100 --> ")
    assert [part["text"] for part in forms["verbose_json"]["segments"]] == [
        "Hello there.",
        "<i>Bye</i> --> now",
    ]
    assert forms["verbose_json"]["words"][0] == {"word": "Hello", "start": 0.1, "end": 0.2}


def test_a_transcript_as_a_stream(got):
    *deltas, done = got["transcriptStream"]
    assert done["type"] == "transcript.text.done"
    assert "".join(delta["delta"] for delta in deltas) == done["text"] == SAID


def test_a_chat_whole_and_as_a_stream(got):
    assert got["chat"] == got["chatStream"]["text"] == "Somebody  says hello."
    assert got["chatStream"]["usage"]["completion_tokens"] > 0


def test_a_document_and_structured_output(got):
    assert UasDocument.model_validate(got["document"]).has_voice
    assert got["structured"] == {"mood": "calm", "count": 2}


def test_an_error_is_one_that_the_sdk_knows(got):
    assert got["refused"] == {
        "name": "BadRequestError",
        "status": 400,
        "code": "invalid_parameter",
        "param": "n",
    }
