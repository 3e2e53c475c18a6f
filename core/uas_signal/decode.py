"""Bytes of a file to mono 16 kHz, block by block, never further than the limits allow.

PyAV decodes. It gets the bytes through a file object, the one demuxer that the sniffed container
calls for, a list of codecs, and no protocol: whatever the bytes say, no file and no address is
opened. Nothing is sized by what a header declares. Two passes bound the work: the first only walks
the packets and adds up their durations, which refuses an hour of Opus before decoding any of it;
the second decodes and counts what really comes out.

It runs in the calling process. For bytes from strangers use ``uas_signal.pool``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ
from uas_signal.errors import (
    AudioTooLong,
    AudioTooShort,
    BadAudio,
    BadSampleRate,
    EmptyAudio,
    NonFiniteAudio,
    TooManyChannels,
    UnsupportedMedia,
)
from uas_signal.limits import DecodeLimits
from uas_signal.parts import parts
from uas_signal.resample import Resampler
from uas_signal.sniff import Container, sniff
from uas_signal.stored import Bytes, open_stretch

CODECS = (
    *("pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le"),
    *("pcm_alaw", "pcm_mulaw", "adpcm_ms", "adpcm_ima_wav"),
    *("flac", "alac", "mp3float", "mp3", "aac", "vorbis", "opus"),
)
"""FFmpeg's names of the decoders that a file may ask for."""

_BROKEN_BEFORE_GIVING_UP = 50  # packets in a row
_ROUNDING_S = 1e-6  # the seconds of many frames, added up
_CODEC_PADDING_S = 0.5  # MP3 and AAC begin and end with samples that decoding drops

_OPTIONS = {
    "codec_whitelist": ",".join(CODECS),
    "protocol_whitelist": "none",
    "max_streams": "16",
    "probesize": "65536",  # bytes; the default of 5 MB looks for DTS in all of a WAV
}


@dataclass(frozen=True)
class Source:
    """What the file holds before anything is converted."""

    container: Container
    sample_rate_hz: int
    channels: int


@dataclass(frozen=True)
class Waveform:
    """A decoded clip.

    Attributes:
        samples: ``[T] float32``, mono, 16 kHz, within [-1, 1], finite.
        source: container, rate and channels of the file.
    """

    samples: NDArray[np.float32]
    source: Source

    @property
    def duration_s(self) -> float:
        """Length of the clip in seconds."""
        return len(self.samples) / SAMPLE_RATE_HZ


def decode(data: bytes, limits: DecodeLimits | None = None) -> Waveform:
    """Decode a whole file in this process.

    Args:
        data: the file: WAV, FLAC, MP3, OGG (Vorbis, Opus, FLAC), WebM or M4A, told by content.
        limits: bounds of the source; memory and time are the pool's business.

    Raises:
        SignalError: one of its kinds, by what is wrong with the file.
    """
    decoder = Decoder(data, limits or DecodeLimits())
    return Waveform(np.concatenate(list(decoder.blocks())), decoder.source)


class Decoder:
    """A checked file, to be read block by block: an hour takes no more memory than a second.

    >>> decoder = Decoder(data, DecodeLimits())  # doctest: +SKIP
    >>> for block in decoder.blocks():  # doctest: +SKIP
    ...     listen(block)

    Attributes:
        source: what the file is; of chained streams the first.
        walked_s: seconds of audio by the packets' own headers.
    """

    source: Source
    walked_s: float

    def __init__(self, data: Bytes, limits: DecodeLimits) -> None:
        """Walk the packets of a file, decoding none of them.

        Raises:
            SignalError: one of its kinds, by what is wrong with the file.
        """
        self._data = data
        self._container = sniff(data)
        self._limits = limits
        self._parts = parts(data, self._container)
        sources = []
        walked_s = 0.0
        for part in self._parts:
            with self._open(part) as opened:
                source = source_of(opened, self._container)
                _check_rate(source.sample_rate_hz, limits)
                _check_channels(source.channels, limits)
                for packet_s in _packet_durations(opened, source):
                    walked_s += packet_s
                    _check_length(walked_s - _CODEC_PADDING_S, source.channels, limits)
            sources.append(source)
        self.source, self.walked_s = sources[0], walked_s

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """The clip as blocks of ``[T] float32``, mono, 16 kHz, within [-1, 1].

        Raises:
            SignalError: as soon as the samples break a limit; too short or empty at the end.
        """
        decoded_s = 0.0
        resampler = Resampler(self.source.sample_rate_hz)
        for frame in self._frames():
            # Rate and channels may change on the way: chained streams, and files that mean harm.
            _check_channels(frame.layout.nb_channels, self._limits)
            _check_rate(frame.sample_rate, self._limits)
            decoded_s += frame.samples / frame.sample_rate
            _check_length(decoded_s, frame.layout.nb_channels, self._limits)
            if frame.sample_rate != resampler.source_rate_hz:
                yield np.clip(resampler.flush(), -1.0, 1.0)
                resampler = Resampler(frame.sample_rate)
            yield np.clip(resampler.push(mono(frame)), -1.0, 1.0)
        _check_enough(decoded_s, self._limits)
        yield np.clip(resampler.flush(), -1.0, 1.0)

    def _frames(self) -> Iterator[Any]:
        for part in self._parts:
            with self._open(part) as opened:
                yield from decoded_frames(opened)

    def _open(self, part: tuple[int, int]) -> Any:
        return open_container(open_stretch(self._data, *part), self._container)


def open_container(file: Any, container: Container) -> Any:
    """An ``av.InputContainer`` over a readable file, with the demuxer named."""
    try:
        return av.open(
            file,
            "r",
            format=container.value,
            options=_OPTIONS,
            metadata_errors="ignore",  # tags are not read, so their encoding does not matter
        )
    except (av.error.FFmpegError, ValueError, EOFError):
        raise BadAudio(
            f"This looks like {container.name} but its header cannot be read. Send an intact file."
        ) from None


def source_of(opened: Any, container: Container) -> Source:
    """What an open container holds. Raises ``UnsupportedMedia`` without audio of a known codec."""
    if not opened.streams.audio:
        raise UnsupportedMedia(f"This {container.name} file holds no audio stream. Send one.")
    context = opened.streams.audio[0].codec_context
    if context is None or context.codec.name not in CODECS:
        raise UnsupportedMedia(
            f"The audio codec in this {container.name} file is not read here. "
            "Send PCM, FLAC, ALAC, MP3, AAC, Vorbis or Opus."
        )
    return Source(container, context.sample_rate or 0, context.channels)


def _check_channels(channels: int, limits: DecodeLimits) -> None:
    if not 1 <= channels <= limits.max_channels:
        raise TooManyChannels(
            f"The audio has {channels} channels; 1 to {limits.max_channels} are read. Mix it down."
        )


def _check_rate(rate_hz: int, limits: DecodeLimits) -> None:
    if not limits.min_rate_hz <= rate_hz <= limits.max_rate_hz:
        raise BadSampleRate(
            f"The sample rate is {rate_hz} Hz; {limits.min_rate_hz} to {limits.max_rate_hz} Hz "
            "are read. Resample the file."
        )


def _packet_durations(opened: Any, source: Source) -> Iterator[float]:
    """Seconds of audio in each packet, by its own header: nothing is decoded."""
    stream = opened.streams.audio[0]
    tick_s = float(stream.time_base)
    per_packet_s = stream.codec_context.frame_size / source.sample_rate_hz  # 0 where it varies
    try:
        for packet in opened.demux(stream):
            if packet.size:
                yield per_packet_s or (packet.duration or 0) * tick_s
    except (av.error.FFmpegError, EOFError):
        return  # a broken tail: decoding says how much of the file is good


def _check_length(seconds: float, channels: int, limits: DecodeLimits) -> None:
    longest_s = limits.max_seconds_of(channels)
    if seconds > longest_s + _ROUNDING_S:
        raise AudioTooLong(
            f"The audio is longer than {longest_s:g} s, the most for {channels} channel(s). "
            "Cut it into shorter files."
        )


def _check_enough(seconds: float, limits: DecodeLimits) -> None:
    if seconds == 0.0:
        raise EmptyAudio("The file holds no audio samples. Record again.")
    if seconds < limits.min_seconds:
        raise AudioTooShort(
            f"The audio lasts {seconds:.4f} s; at least {limits.min_seconds:g} s are needed."
        )


def decoded_frames(opened: Any) -> Iterator[Any]:
    """Decoded frames. Broken packets are skipped; a file that is mostly broken is refused."""
    good = bad = 0
    packets = opened.demux(opened.streams.audio[0])
    while bad <= good + _BROKEN_BEFORE_GIVING_UP:
        try:
            packet = next(packets, None)
            if packet is None:
                break
            frames = packet.decode()
        except (av.error.FFmpegError, EOFError):
            bad += 1
            continue
        good += 1
        yield from frames
    if bad > good:
        raise BadAudio(f"{bad} of {bad + good} packets do not decode. Send an intact file.")


# How a decoder's sample formats become floats: dtype, what silence is, and full scale.
_SAMPLE_FORMATS = {
    "u8": (np.uint8, 128.0, 128.0),
    "s16": (np.int16, 0.0, 32768.0),
    "s32": (np.int32, 0.0, 2147483648.0),
    "flt": (np.float32, 0.0, 1.0),
    "dbl": (np.float64, 0.0, 1.0),
}


def mono(frame: Any) -> NDArray[np.float32]:
    """Mean of the channels of one frame: ``[T] float32`` within [-1, 1].

    The planes are read here because ``frame.to_ndarray`` reads one too many of 8 planar channels,
    and any number of more (PyAV 18): a crash that a file can ask for.
    """
    dtype, silence, full_scale = _SAMPLE_FORMATS[frame.format.name.removesuffix("p")]
    channels, count = frame.layout.nb_channels, frame.samples
    if frame.format.is_planar:
        planes = frame.planes[:channels]
        samples = np.stack([np.frombuffer(plane, dtype, count) for plane in planes])
    else:
        packed = np.frombuffer(frame.planes[0], dtype, count * channels)
        samples = packed.reshape(-1, channels).T
    if samples.dtype.kind != "f":
        scaled = (samples.astype(np.float32) - np.float32(silence)) / np.float32(full_scale)
    elif np.isfinite(samples).all():
        scaled = np.clip(samples, -1.0, 1.0).astype(np.float32, copy=False)
    else:
        raise NonFiniteAudio("A sample is NaN or infinite. Export the audio again.")
    return np.asarray(scaled[0] if channels == 1 else scaled.mean(axis=0))
