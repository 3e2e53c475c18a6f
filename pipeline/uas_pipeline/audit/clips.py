"""The sounds of drawn records, small enough to be put into a page: mono, 16 kHz, Opus."""

import base64
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray

from uas_pipeline.corpora.sound import read_sound
from uas_pipeline.errors import ConfigError, CorpusError, Rejected
from uas_pipeline.steps.clip import Clip
from uas_pipeline.steps.files import clips_of_records
from uas_schema.records import Record
from uas_signal import SAMPLE_RATE_HZ

MEDIA_TYPE = "audio/webm; codecs=opus"
BIT_RATE = 32_000  # bits a second; speech of this bandwidth sounds like its original
_SAME_BYTES = {"fflags": "+bitexact"}  # no random ids in the file
_COLUMNS = 480  # of the wave
_LOUDEST = 255
_SILENT = 1e-4  # waves below are drawn as they are, not blown up: -80 dB of full scale


@dataclass(frozen=True)
class PageClip:
    """The sound of one record: base64 of the file, and of one byte for each column of the wave."""

    audio: str
    peaks: str
    duration_s: float


def page_clips(records: Iterable[Record], max_bytes: int) -> list[PageClip]:
    """Encode the sounds of records, ``max_bytes`` of base64 at most.

    Raises:
        ConfigError: they are more; it says how many fit.
        CorpusError: a sound cannot be read.
    """
    size, clips = 0, list[PageClip]()
    for clip in _encoded(records):
        size += len(clip.audio)
        if size > max_bytes:
            raise ConfigError(
                f"the first {len(clips) + 1} clips are more than {max_bytes / 1e6:g} MB: "
                f"draw {len(clips)} or fewer, leave long clips out, or raise --max-mb"
            )
        clips.append(clip)
    return clips


def peaks_of(samples: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Largest magnitude in each of 480 parts of ``[T] float32``: ``[480] uint8``.

    The loudest part of the clip is 255, so that quiet clips can be seen too.
    """
    edges = np.linspace(0, len(samples), _COLUMNS + 1).astype(int)
    magnitude = np.abs(samples)
    highest = np.maximum.reduceat(magnitude, edges[:-1])
    scale = _LOUDEST / max(float(magnitude.max()), _SILENT)
    return np.asarray(np.round(highest * scale), np.uint8)


def opus(samples: NDArray[np.float32]) -> bytes:
    """A WebM file of ``[T] float32``, mono, 16 kHz; the same samples give the same bytes."""
    data = io.BytesIO()
    with av.open(data, "w", format="webm", options=_SAME_BYTES) as file:
        stream = file.add_stream("libopus", rate=SAMPLE_RATE_HZ, layout="mono", bit_rate=BIT_RATE)
        frame = av.AudioFrame.from_ndarray(samples[None], format="flt", layout="mono")
        frame.sample_rate = SAMPLE_RATE_HZ
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return data.getvalue()


def _encoded(records: Iterable[Record]) -> Iterator[PageClip]:
    for clip in clips_of_records(records):
        samples = _samples(clip)
        yield PageClip(
            audio=base64.b64encode(opus(samples)).decode(),
            peaks=base64.b64encode(peaks_of(samples).tobytes()).decode(),
            duration_s=len(samples) / SAMPLE_RATE_HZ,
        )


def _samples(clip: Clip) -> NDArray[np.float32]:
    """``[T] float32``, mono, 16 kHz."""
    try:
        return read_sound(clip.recording)
    except Rejected as error:
        where = f"{clip.recording.corpus}/{clip.recording.id}"
        raise CorpusError(f"{where}: {error.message}") from None
