"""Flite's CMU ARCTIC voices (BSD-like licence): text to 16 kHz speech by the ``flite`` command."""

import hashlib
import shutil
import subprocess
from pathlib import Path

from uas_pipeline.corpora.speech import Recording, Voice
from uas_pipeline.errors import CorpusError

LICENCE = "LicenseRef-Flite (BSD-like, Carnegie Mellon University)"
VOICES = {
    "awb": Voice("flite-awb", "Male", "Adult", "Scottish English"),
    "rms": Voice("flite-rms", "Male", "Adult", "North American English"),
    "slt": Voice("flite-slt", "Female", "Adult", "North American English"),
}


def speak(text: str, voice: str, cache_folder: Path) -> Recording:
    """Speech of ``text`` in one of ``VOICES``, cached by text and voice.

    Raises ``CorpusError`` when ``flite`` is not installed or fails.
    """
    if shutil.which("flite") is None:
        raise CorpusError("flite is not installed: apt-get install flite, or set flite to 0")
    key = hashlib.sha256(f"flite|{voice}|{text}".encode()).hexdigest()[:24]
    path = cache_folder / "speech" / "flite" / f"{key}.wav"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        command = ["flite", "-voice", voice, "-t", text, "-o", str(unfinished)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed command
        if done.returncode != 0:
            raise CorpusError(f"flite failed on {text!r}: {done.stderr.strip()}")
        unfinished.replace(path)
    return Recording(key, "flite", path, LICENCE, "en", text, VOICES[voice])
