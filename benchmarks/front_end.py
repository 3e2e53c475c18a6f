"""What the front end costs: decoding and log-mel, beside the parts that others use for it.

    python benchmarks/front_end.py [--seconds 3 10 30]

Decoding: bytes to 16 kHz mono, in this process and through the pool of limited children, against
a bare PyAV loop with FFmpeg's resampler (no limits, no checks). Log-mel: against transformers'
WhisperFeatureExtractor, which pads to 30 s. Times are the best of 15 interleaved runs.
"""

import argparse
import asyncio
import io
import time
from collections.abc import Awaitable, Callable

import av
import numpy as np
import soundfile
from transformers import WhisperFeatureExtractor

from uas_signal.decode import decode
from uas_signal.mel import log_mel
from uas_signal.pool import DecoderPool

RUNS = 15
FILES = {
    "wav": {"format": "WAV", "subtype": "PCM_16"},
    "flac": {"format": "FLAC", "subtype": "PCM_16"},
    "mp3": {"format": "MP3", "subtype": "MPEG_LAYER_III"},
    "vorbis": {"format": "OGG", "subtype": "VORBIS"},
    "opus": {"format": "OGG", "subtype": "OPUS"},
}
RATE_HZ = 48_000


async def main() -> None:
    """Print one table for decoding and one for log-mel."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, nargs="+", default=[3, 10, 30])
    lengths_s = parser.parse_args().seconds
    print("decode, 48 kHz mono   PyAV alone    in process      in the pool")
    async with DecoderPool(size=1) as pool:
        for seconds in lengths_s:
            for kind in FILES:
                await compare_decoding(pool, kind, seconds)
    print("log-mel               transformers, padded   ours")
    for seconds in lengths_s:
        await compare_mel(seconds)


async def compare_decoding(pool: DecoderPool, kind: str, seconds: int) -> None:
    """One row: milliseconds, and how many times those of PyAV alone."""
    data = encode(kind, seconds)

    async def alone() -> None:
        decode_with_pyav(data)

    async def in_process() -> None:
        decode(data)

    async def in_pool() -> None:
        await pool.decode(data)

    base, *ours = await best_ms(alone, in_process, in_pool)
    columns = "".join(f"{ms:8.1f} ms {ms / base:4.1f}x" for ms in ours)
    print(f"{kind:8} {seconds:3} s     {base:10.1f} ms {columns}")


async def compare_mel(seconds: int) -> None:
    """One row: milliseconds, and the ratio."""
    samples = noise(seconds, 16_000)
    extractor = WhisperFeatureExtractor()

    async def padded() -> None:
        extractor(samples, sampling_rate=16_000)

    async def ours() -> None:
        log_mel(samples)

    base, own = await best_ms(padded, ours)
    print(f"{seconds:12} s     {base:10.1f} ms {own:13.1f} ms {own / base:5.2f}x")


async def best_ms(*tasks: Callable[[], Awaitable[None]]) -> list[float]:
    """Best time of each task, all run in turn."""
    times: list[list[float]] = [[] for _ in tasks]
    for _ in range(RUNS):
        for task, taken in zip(tasks, times, strict=True):
            start = time.perf_counter()
            await task()
            taken.append((time.perf_counter() - start) * 1e3)
    return [min(taken) for taken in times]


def decode_with_pyav(data: bytes) -> np.ndarray:
    """The usual loop: ``[T] float32``."""
    resampler = av.AudioResampler("fltp", "mono", 16_000)
    with av.open(io.BytesIO(data)) as container:
        frames = [piece for f in container.decode(audio=0) for piece in resampler.resample(f)]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames + resampler.resample(None)])


def encode(kind: str, seconds: int) -> bytes:
    """A file of noise at 48 kHz."""
    file = io.BytesIO()
    soundfile.write(file, noise(seconds, RATE_HZ), RATE_HZ, **FILES[kind])
    return file.getvalue()


def noise(seconds: int, rate_hz: int) -> np.ndarray:
    """White noise, 0.1 RMS: ``[T] float32``."""
    samples = np.random.default_rng(0).standard_normal(seconds * rate_hz)
    return (0.1 * samples).astype(np.float32)


if __name__ == "__main__":
    asyncio.run(main())
