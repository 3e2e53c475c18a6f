"""What the README promises: serve the default model, type its curl lines, get what it says."""

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CURL_LINES = re.findall(r"^curl (?:.*\\\n)*.*$", README, re.MULTILINE)
DEFAULT_URL = "http://127.0.0.1:8000"

pytestmark = [
    pytest.mark.model,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("curl") is None, reason="the README's lines need curl"),
]

_LISTENING = re.compile(r"running on (http://127\.0\.0\.1:\d+)")


@pytest.fixture(scope="module")
def url(environment: dict[str, str]) -> Iterator[str]:
    """Base URL of `uas serve` on a free port; it must end well when told to."""
    with subprocess.Popen(
        [sys.executable, "-m", "uas_cli", "serve", "--port", "0"],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stderr is not None
        lines = []
        for line in server.stderr:
            lines.append(line)
            if found := _LISTENING.search(line):
                yield found[1]
                break
        else:
            pytest.fail("the server ended: " + "".join(lines))
        server.send_signal(signal.SIGTERM)
        server.communicate()
    assert server.returncode == 0


def _answer(url: str, containing: str) -> str:
    """Output of the README's curl line that contains a text, sent to `url`."""
    (line,) = (line for line in CURL_LINES if containing in line)
    line = line.replace(DEFAULT_URL, url).replace("curl", "curl --fail-with-body -sS", 1)
    answer = subprocess.run(  # noqa: S603
        ["bash", "-c", line],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def _assert_valid(document: Any, url: str) -> None:
    schema = httpx.get(f"{url}/v1/schema").json()
    jsonschema.Draft202012Validator(schema).validate(document)


def test_the_first_line_gives_a_document_of_the_clip(url: str) -> None:
    envelope = json.loads(_answer(url, "hello.flac http"))
    _assert_valid(envelope["uas"], url)
    assert "bell" in envelope["uas"]["transcription"].lower()
    assert envelope["truncated"] is False
    assert envelope["incomplete"] == []


def test_the_streaming_line_ends_with_the_same_document(url: str) -> None:
    events = re.findall(r"^event: (\w+)\ndata: (.*)$", _answer(url, "stream=true"), re.MULTILINE)
    names = [name for name, _ in events]
    assert names[-1] == "final"
    assert {"field", "delta"} <= set(names)
    final = json.loads(events[-1][1])["uas"]
    _assert_valid(final, url)
    streamed = "".join(json.loads(data)["text"] for name, data in events if name == "delta")
    assert json.loads(streamed) == final


def test_the_question_is_answered_with_yes_or_no(url: str) -> None:
    answer = json.loads(_answer(url, "yes_no=true"))
    assert answer["answer"] in ("yes", "no")
    assert sum(answer["confidence"].values()) == pytest.approx(1.0)
