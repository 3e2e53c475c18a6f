"""The commands of docs/api.md run against a live server."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
COMMANDS = [line for line in re.findall(r"^curl .+$", PAGE, re.MULTILINE) if "$JOB" not in line]
JOB_COMMANDS = re.findall(r"^(?:JOB=.+|curl .+\$JOB.*)$", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def live_url(server_of):
    with server_of().live() as url:
        yield url


def test_the_documented_life_of_a_job(live_url):
    submit, ask, fetch, delete = JOB_COMMANDS
    until_done = f"until {ask} | grep -q succeeded; do :; done"
    script = "; ".join(["set -e", submit, ask, until_done, fetch, delete])
    test_a_documented_command_succeeds(live_url, script)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_documented_command_succeeds(live_url, command):
    environment = {**os.environ, "UAS": live_url, "CLIP": "examples/hello.flac"}
    done = subprocess.run(  # noqa: S602 - the commands are ours, in a shell as a reader has one
        command, shell=True, cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout
