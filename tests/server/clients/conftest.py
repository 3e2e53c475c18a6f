"""A live server with a voice in every clip, something to send it, and the compiled TypeScript."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from live_client import pcm
from signals import silence, vowels
from talking import SAID, WORDS, speaking

from uas_server.engine.fake import FakeEngine, Reply, legal_reply
from uas_server.engine.protocol import Choice, GenerateRequest

TYPESCRIPT = Path(__file__).parents[3] / "clients" / "typescript"
COMPILER = TYPESCRIPT / "node_modules" / "typescript" / "bin" / "tsc"
NODE = shutil.which("node")
FAST = {"live_speed": 1e6, "live_buffer_s": 1e6}

Run = Callable[..., str]


def talkative(request: GenerateRequest) -> Reply:
    """Hear a voice; of other choices take the first."""
    constraint = request.constraint
    is_question = isinstance(constraint, Choice) and '"' not in constraint.texts
    return legal_reply(request) if is_question else speaking(request)


@pytest.fixture(scope="module")
def live_url(server_of, model_of) -> Iterator[str]:
    model = model_of(FakeEngine(talkative), draft=SAID, words=WORDS)
    with server_of(model=model, api_keys=["k"], **FAST).live() as url:
        yield url


@pytest.fixture(scope="module")
def clip_file(clip, tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("clip") / "clip.wav"
    file.write_bytes(clip)
    return file


@pytest.fixture(scope="session")
def speech() -> bytes:
    """Two utterances, each with silence around it: 16 bit, 16 kHz."""
    parts = [silence(0.5), vowels(1.0), silence(1.0), vowels(1.0, 3), silence(1.0)]
    return pcm(np.concatenate(parts))


@pytest.fixture(scope="module")
def speech_file(speech, tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("speech") / "speech.pcm"
    file.write_bytes(speech)
    return file


@pytest.fixture(scope="session")
def compiled() -> Run:
    """`compiled("build/test/server.js", ...)`: what Node prints.

    The package is compiled as it is published, then its tests and examples, which import that.
    """
    if NODE is None or not COMPILER.is_file():
        pytest.skip("needs Node 20 and its packages: npm ci --prefix clients/typescript")
    _node(COMPILER)
    _node(COMPILER, "--project", "tsconfig.test.json")
    return _node


def _node(*words: object) -> str:
    done = subprocess.run(  # noqa: S603
        [str(NODE), *map(str, words)],
        cwd=TYPESCRIPT,
        env={**os.environ, "UAS_API_KEY": "k"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
