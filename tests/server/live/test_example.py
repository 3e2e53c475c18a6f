"""The example client streams a file to a live server."""

import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
from live_client import pcm, stream_url
from signals import silence, vowels
from talking import speaking

from uas_server.engine.fake import FakeEngine

EXAMPLE = Path(__file__).parents[3] / "examples" / "stream_wav.py"


def test_it_prints_the_document_of_each_utterance(server_of, tmp_path, environment):
    path = tmp_path / "two.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        pause = silence(1.0)
        file.writeframes(pcm(np.concatenate([pause, vowels(1.0), pause, vowels(1.0), pause])))
    with server_of(FakeEngine(speaking), live_speed=1e6).live() as url:
        done = subprocess.run(  # noqa: S603 - our own interpreter, our own example
            [sys.executable, str(EXAMPLE), str(path), "--url", stream_url(url), "--speed", "100"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count('{"transcription": "hello"') == 2
