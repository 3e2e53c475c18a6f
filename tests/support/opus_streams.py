"""Opus as clients send it: single packets, and a WebM or Ogg stream as a recorder writes it."""

import io
from collections.abc import Iterator
from typing import Any

import av
import numpy as np

RATE_HZ = 48_000


def opus_packets(
    samples: np.ndarray, *, frame_ms: float = 20, channels: int = 1, application: str = "audio"
) -> list[bytes]:
    """Packets of mono ``[T] float32`` at 16 kHz."""
    options = {"frame_duration": f"{frame_ms:g}", "application": application}
    codec: Any = av.CodecContext.create("libopus", "w")
    codec.sample_rate, codec.layout, codec.format = RATE_HZ, _layout(channels), "s16"
    codec.bit_rate, codec.options = 48_000, options
    codec.open()
    frames = [*_frames(samples, codec.frame_size, channels), None]
    return [bytes(packet) for frame in frames for packet in codec.encode(frame)]


def recorded(samples: np.ndarray, container: str, *, channels: int = 1) -> bytes:
    """A file that was written a tenth of a second at a time and without going back, as a recorder
    in a browser does.
    """
    options = {"page_duration": "100000"} if container == "ogg" else {"cluster_time_limit": "100"}
    written = io.BytesIO()

    class Pipe:
        def write(self, data: bytes) -> int:
            return written.write(data)

    with av.open(Pipe(), "w", format=container, options=options) as output:
        stream: Any = output.add_stream("libopus", rate=RATE_HZ)
        stream.layout, stream.bit_rate = _layout(channels), 48_000
        for frame in [*_frames(samples, 960, channels), None]:
            output.mux(stream.encode(frame))
    return written.getvalue()


def _layout(channels: int) -> str:
    return {1: "mono", 2: "stereo"}[channels]


def _frames(samples: np.ndarray, size: int, channels: int) -> Iterator[av.AudioFrame]:
    at_48k = np.interp(np.arange(len(samples) * 3) / 3, np.arange(len(samples)), samples)
    words = np.repeat(np.round(at_48k * 32_767).astype("<i2")[:, None], channels, axis=1)
    for start in range(0, len(words), size):
        block = words[start : start + size]
        block = np.pad(block, ((0, size - len(block)), (0, 0))).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(block, format="s16", layout=_layout(channels))
        frame.sample_rate, frame.pts = RATE_HZ, start
        yield frame
