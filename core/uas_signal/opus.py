"""Opus as it comes over a wire: single packets, or a WebM or Ogg file that is still being written.

Packets carry their length in their first bytes (RFC 6716, 3.1 and 3.2), so what one lasts is known
before it is decoded. FFmpeg decodes. It runs in the calling process; for bytes from strangers use
``uas_signal.live``.
"""

from collections.abc import Iterator
from typing import Protocol

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from uas_signal.decode import decoded_frames, mono, open_container, source_of
from uas_signal.errors import BadAudio, UnsupportedMedia
from uas_signal.sniff import Container, sniff

RATE_HZ = 48_000
"""At which Opus is decoded and its packets are counted."""

Block = NDArray[np.float32]

_HEAD_BYTES = 4
_LONGEST_SAMPLES = 5_760  # 120 ms
_SILK_SAMPLES = (480, 960, 1_920, 2_880)
_HYBRID_SAMPLES = (480, 960)
_CELT_SAMPLES = (120, 240, 480, 960)
_FIRST_HYBRID, _FIRST_CELT = 12, 16


class Readable(Protocol):
    """As much of a file as a demuxer of a stream uses."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end."""
        ...


def packet_samples(packet: bytes) -> int:
    """How long a packet is, in samples at 48 kHz, by its own first bytes.

    Raises:
        BadAudio: it is no Opus packet, or one of more than 120 ms.
    """
    configuration, code = packet[0] >> 3, packet[0] & 3
    if configuration >= _FIRST_CELT:
        samples = _CELT_SAMPLES[configuration & 3]
    elif configuration >= _FIRST_HYBRID:
        samples = _HYBRID_SAMPLES[configuration & 1]
    else:
        samples = _SILK_SAMPLES[configuration & 3]
    frames = (1, 2, 2)[code] if code < 3 else packet[1] & 63 if len(packet) > 1 else 0
    if not 1 <= frames <= _LONGEST_SAMPLES // samples:
        raise BadAudio("A message is no Opus packet of 2.5 to 120 ms. Send one packet in each.")
    return samples * frames


class PacketDecoder:
    """Decodes single packets, mono and stereo ones in any order."""

    def __init__(self) -> None:
        self._codec = av.CodecContext.create("opus", "r")
        self._codec.sample_rate = RATE_HZ
        self._codec.layout = "stereo"
        self._last_samples = 0

    def decode(self, packet: bytes) -> tuple[int, Block]:
        """What a packet counts for, and its sound: ``[T] float32``, mono, 48 kHz.

        An empty one stands for a packet that was lost: silence as long as the one before.

        Raises:
            BadAudio: it does not decode, or is empty and the first.
        """
        if not packet:
            if not self._last_samples:
                raise BadAudio("The first message is empty. Begin with a packet.")
            return self._last_samples, np.zeros(self._last_samples, np.float32)
        samples = packet_samples(packet)
        try:
            frames = self._codec.decode(av.Packet(packet))
        except (av.error.FFmpegError, EOFError):
            raise BadAudio(
                f"A packet of {len(packet)} bytes does not decode. Send intact Opus packets, and "
                "an empty message for one that was lost."
            ) from None
        self._last_samples = samples
        return samples, joined([mono(frame) for frame in frames])


def stream_blocks(file: Readable, container: Container) -> Iterator[Block]:
    """Sound of a WebM or Ogg stream as far as ``file`` has come: ``[T] float32``, mono, 48 kHz.

    Nothing is read ahead of what the next block needs. Broken packets are left out.

    Raises:
        BadAudio: its header is broken, or most of what comes behind.
        UnsupportedMedia: it begins like something else, or what it holds is not Opus.
    """
    head = _head(file)
    if sniff(head) is not container:
        raise UnsupportedMedia(f"This stream does not begin as {container.name} does. Send that.")
    with open_container(_Again(head, file), container) as opened:
        source_of(opened, container)
        if opened.streams.audio[0].codec_context.codec.name != "opus":
            raise UnsupportedMedia(f"This {container.name} stream is not Opus. Record Opus.")
        for frame in decoded_frames(opened):
            yield mono(frame)


class _Again:
    """A file whose first bytes were read, from its beginning."""

    def __init__(self, head: bytes, file: Readable) -> None:
        self._head, self._file = head, file

    def read(self, size: int, /) -> bytes:
        head, self._head = self._head[:size], self._head[size:]
        return head or self._file.read(size)


def _head(file: Readable) -> bytes:
    """The first bytes, by which a demuxer that waits for its own would wait for ever."""
    head = b""
    while len(head) < _HEAD_BYTES and (piece := file.read(_HEAD_BYTES - len(head))):
        head += piece
    return head


def joined(blocks: list[Block]) -> Block:
    """Blocks as one, ``[T] float32``; none are no samples."""
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
