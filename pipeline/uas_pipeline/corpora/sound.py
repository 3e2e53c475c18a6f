"""The sound of a recording, wherever it is: mono float32 at 16 kHz.

Files come from strangers: they are sniffed and decoded by ``uas_signal.decode`` with its limits, or
by libsndfile where only a part is wanted. Nothing is unpacked, no name inside a file is opened.
"""

import io
from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from uas_pipeline.corpora.audio import RAW_FORMATS, read_audio
from uas_pipeline.corpora.speech import ByteRange, Cut, ParquetCell, Recording
from uas_pipeline.errors import CorpusError, Rejected
from uas_signal import SAMPLE_RATE_HZ
from uas_signal.decode import decode
from uas_signal.errors import SignalError
from uas_signal.limits import DecodeLimits

LONGEST_S = 1800.0
_LARGEST_FILE = 1 << 30  # bytes
_LIMITS = DecodeLimits(max_seconds=LONGEST_S)
_BY_SOUNDFILE = frozenset({".sph", ".au", ".aiff"})


def read_sound(recording: Recording) -> NDArray[np.float32]:
    """Samples of a recording: ``[T] float32``, mono, 16 kHz, at least one.

    Raises ``Rejected`` ("missing_audio", "unreadable_audio") that names the file.
    """
    name = _name(recording)
    if not recording.path.is_file():
        raise Rejected("missing_audio", f"no file {name}: check the path")
    try:
        samples = _samples(recording)
    except (CorpusError, SignalError) as error:
        raise Rejected("unreadable_audio", f"{name}: {error}") from None
    except (soundfile.SoundFileError, OSError, ValueError) as error:
        raise Rejected("unreadable_audio", f"{name} cannot be read as audio: {error}") from None
    if not len(samples):
        raise Rejected("unreadable_audio", f"{name} holds no sample")
    return samples


def _name(recording: Recording) -> str:
    inside = recording.within
    if isinstance(inside, ByteRange):
        return f"{recording.path.name}: {inside.name}"
    if isinstance(inside, ParquetCell):
        return f"{recording.path.name}: row {inside.row} of row group {inside.row_group}"
    return str(recording.path)


def _samples(recording: Recording) -> NDArray[np.float32]:
    path, cut = recording.path, recording.cut
    if recording.within is None and path.suffix in RAW_FORMATS:
        return read_audio(path)
    if cut is not None or path.suffix in _BY_SOUNDFILE:
        source = path if recording.within is None else io.BytesIO(_bytes(recording))
        return _cut_samples(source, cut or Cut())
    return decode(_bytes(recording), _LIMITS).samples


def _bytes(recording: Recording) -> bytes:
    inside = recording.within
    if isinstance(inside, ParquetCell):
        return _cell_bytes(recording.path, inside)
    size = recording.path.stat().st_size if inside is None else inside.size
    if size > _LARGEST_FILE:
        raise CorpusError(f"{size} bytes are more than {_LARGEST_FILE}: cut it")
    with recording.path.open("rb") as file:
        file.seek(0 if inside is None else inside.offset)
        return file.read(size)


def _cut_samples(source: Path | io.BytesIO, cut: Cut) -> NDArray[np.float32]:
    with soundfile.SoundFile(source) as file:
        start = round(cut.start_s * file.samplerate)
        end = file.frames if cut.end_s is None else round(cut.end_s * file.samplerate)
        if not 0 <= start < end <= file.frames + file.samplerate:
            raise CorpusError(f"{cut.start_s} to {cut.end_s} s is not within its "
                              f"{file.frames / file.samplerate:.2f} s")  # fmt: skip
        if end - start > LONGEST_S * file.samplerate:
            raise CorpusError(f"longer than {LONGEST_S:.0f} s: cut it")
        file.seek(start)
        channels = file.read(end - start, dtype="float32", always_2d=True)
        rate_hz = file.samplerate
    mono = channels.mean(axis=1) if cut.channel is None else _channel(channels, cut.channel)
    if not np.isfinite(mono).all():
        raise CorpusError("a sample is NaN or infinite")
    return np.asarray(soxr.resample(mono, rate_hz, SAMPLE_RATE_HZ), np.float32).clip(-1, 1)


def _channel(channels: NDArray[np.float32], index: int) -> NDArray[np.float32]:
    if index >= channels.shape[1]:
        raise CorpusError(f"no channel {index}: there are {channels.shape[1]}, from 0")
    return channels[:, index]


def _cell_bytes(path: Path, cell: ParquetCell) -> bytes:
    value = _row_group(path, cell.row_group, cell.column)[cell.row]
    data = value.get("bytes") if isinstance(value, dict) else value
    if not isinstance(data, bytes):
        raise CorpusError(f"column {cell.column!r} holds no audio bytes")
    return data


@lru_cache(maxsize=1)
def _row_group(path: Path, index: int, column: str) -> list[object]:
    """One column of one row group: neighbouring clips come from the same."""
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(path) as file:
        table = file.read_row_group(index, columns=[column])
    return list(table.column(column).to_pylist())
