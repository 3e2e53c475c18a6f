"""The commands of docs/api.md run against a live server."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = re.findall(
    r"^curl .+$", (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.MULTILINE
)


@pytest.fixture(scope="module")
def live_url(server_of):
    with server_of().live() as url:
        yield url


@pytest.mark.parametrize("command", COMMANDS)
def test_a_documented_command_succeeds(live_url, command):
    environment = {**os.environ, "UAS": live_url, "CLIP": "examples/hello.flac"}
    done = subprocess.run(  # noqa: S602 - the commands are ours, in a shell as a reader has one
        command, shell=True, cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout
