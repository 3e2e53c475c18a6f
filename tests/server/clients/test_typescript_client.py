"""The TypeScript client: strict types, its own tests, a live server, examples.

It is compiled once; without Node and its packages everything here is skipped.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from talking import SAID

from uas_schema.document import UasDocument

FOLDER = Path(__file__).parents[3] / "clients" / "typescript"
NODE = shutil.which("node")
COMPILER = FOLDER / "node_modules" / "typescript" / "bin" / "tsc"

pytestmark = pytest.mark.skipif(
    NODE is None or not COMPILER.is_file(),
    reason="needs Node 20 and its packages: npm ci --prefix clients/typescript",
)

Run = Callable[..., str]


@pytest.fixture(scope="module")
def run() -> Run:
    """`run("build/test/server.js", ...)`: what Node prints."""

    def run_node(*words: object) -> str:
        done = subprocess.run(  # noqa: S603
            [str(NODE), *map(str, words)],
            cwd=FOLDER,
            env={**os.environ, "UAS_API_KEY": "k"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run_node


@pytest.fixture(scope="module")
def compiled(run) -> Run:
    """The package as it is published, then its tests and examples, which import that."""
    run(COMPILER)
    run(COMPILER, "--project", "tsconfig.test.json")
    return run


@pytest.fixture(scope="module")
def got(compiled, live_url, clip_file) -> dict:
    """What the client got from a server with a voice in every clip."""
    return json.loads(compiled("build/test/server.js", live_url, "k", clip_file))


def test_its_own_tests_pass(compiled):
    tests = sorted((FOLDER / "build" / "test").glob("*.test.js"))
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
