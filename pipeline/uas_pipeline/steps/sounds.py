"""The sounds of one chunk in one file: FLAC after FLAC, found by offset and size.

One file for many clips: a corpus of millions does not make millions of files.
"""

import hashlib
import io
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
from numpy.typing import NDArray

from uas_pipeline.steps.clip import Clip, Sound
from uas_signal import SAMPLE_RATE_HZ

SOUNDS = "sounds.flacs"


def append_sound(file: BinaryIO, samples: NDArray[np.float32]) -> Sound:
    """Write ``[T] float32`` mono 16 kHz at the end of a file, as 16-bit FLAC."""
    encoded = io.BytesIO()
    soundfile.write(encoded, samples, SAMPLE_RATE_HZ, format="FLAC", subtype="PCM_16")
    data = encoded.getvalue()
    offset = file.tell()
    file.write(data)
    return Sound(
        offset=offset,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        duration_s=len(samples) / SAMPLE_RATE_HZ,
    )


def sound_bytes(path: Path, sound: Sound) -> bytes:
    """The FLAC of one clip."""
    with path.open("rb") as file:
        file.seek(sound.offset)
        return file.read(sound.size)


def listen_in(path: Path, clip: Clip) -> NDArray[np.float32]:
    """Samples of one clip of the chunk: ``[T] float32``.

    Raises ``ValueError`` for a clip that was not read.
    """
    if clip.sound is None:
        raise ValueError(f"{clip.recording.id} has no sound: run the read step first")
    samples: NDArray[np.float32]
    samples, _ = soundfile.read(io.BytesIO(sound_bytes(path, clip.sound)), dtype="float32")
    return samples
