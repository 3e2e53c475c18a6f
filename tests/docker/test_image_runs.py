"""What the Dockerfile says is run outside a container: every instruction of the CPU image, its
command as its user on a read-only root, its health check, SIGTERM.

The installation is the environment of the tests in `make test`, and the real one in `make prove`.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from polling import until

from uas_model.cache import cache_root
from uas_server.keys.entry import ApiKey, digest_of

ROOT = Path(__file__).parents[2]
SUPPORT = ROOT / "tests/support"
PATIENCE_S = 1_200.0
"""A real installation on a busy machine takes minutes."""


def can_mount() -> bool:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    words = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0  # noqa: S603


class StandIn:
    """The process that stands in for a container."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def say(self, word: str) -> str:
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    async def is_ready(self) -> bool:
        """Whether the health check is content; fails when the command has ended."""
        said = await asyncio.to_thread(self.say, "check")
        assert said != "ended", self._process.communicate()[1]
        return said == "0"


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.skipif(not can_mount(), reason="needs root and a mount namespace")
async def test_the_cpu_image_serves_as_its_user_on_a_read_only_root(tmp_path, proving):
    key = ApiKey(name="app", sha256=digest_of(b"k").hex())
    plan = {
        "context": str(ROOT),
        "scratch": str(tmp_path),
        "stages": ["build-cpu", "cpu"],
        "python": sys.base_prefix,
        "packages": proving(sysconfig.get_path("purelib"), None),
        "cache": str(cache_root()),
        "variables": {"UAS_PORT": "8765", "UAS_KEYS_FILE": "/run/secrets/keys"},
        "files": {"keys": key.line() + "\n"},
    }
    command = ["unshare", "--mount", sys.executable, str(SUPPORT / "image_stand_in.py")]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen([*command, json.dumps(plan)], text=True, **pipes) as process:  # noqa: S603, ASYNC220 - once
        inside = StandIn(process)
        await until(inside.is_ready, PATIENCE_S)
        assert inside.say("stop") == "0"
