"""The pool: same answers as in-process, and whatever happens to a child the next file decodes."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import psutil
import pytest

import uas_signal
from uas_signal.decode import decode
from uas_signal.errors import AudioTooLong, DecodeDeadline, DecoderFailed, UnsupportedMedia
from uas_signal.limits import DecodeLimits
from uas_signal.pool import DecoderPool


@pytest.fixture
async def pool() -> AsyncIterator[DecoderPool]:
    async with DecoderPool(size=2) as running:
        yield running


@pytest.fixture(scope="module")
def slow_clip(encode) -> bytes:
    """Five minutes of noise as Opus: about half a second of work."""
    noise = np.random.default_rng(0).standard_normal(300 * 48_000) * 0.1
    return encode(noise.astype(np.float32), 48_000, "ogg_opus")


def children() -> list[psutil.Process]:
    """Living decoder children of this process."""
    return [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "uas_signal.pool_worker" in child.cmdline()
    ]


async def test_children_decode_like_this_process(
    pool: DecoderPool, clips: dict[str, bytes]
) -> None:
    waveforms = await asyncio.gather(*(pool.decode(data) for data in clips.values()))
    for data, waveform in zip(clips.values(), waveforms, strict=True):
        expected = decode(data)
        assert waveform.source == expected.source
        np.testing.assert_array_equal(waveform.samples, expected.samples)
    assert len(children()) == 2


async def test_the_child_s_error_arrives_whole(pool: DecoderPool, clips: dict[str, bytes]) -> None:
    with pytest.raises(AudioTooLong, match=r"longer than 1 s, the most for 1 channel"):
        await pool.decode(clips["wav"], limits=DecodeLimits(max_seconds=1.0))


async def test_what_is_not_audio_needs_no_child() -> None:
    async with DecoderPool(size=1) as pool:
        (child,) = children()
        child.suspend()
        with pytest.raises(UnsupportedMedia):
            await pool.decode(b"#EXTM3U\nhttp://127.0.0.1/\n")


async def test_cpu_limit_ends_the_child_not_the_pool(
    pool: DecoderPool, clips: dict[str, bytes], slow_clip: bytes
) -> None:
    before = {child.pid for child in children()}
    hour = slow_clip * 8  # a chained stream, over the one second that cpu_s=0 leaves
    with pytest.raises(DecoderFailed, match="over its memory or time on this file"):
        await pool.decode(hour, limits=DecodeLimits(max_seconds=1e6, cpu_s=0))
    for _ in range(3):
        assert (await pool.decode(clips["flac"])).duration_s == 1.5
    assert len(before - {child.pid for child in children()}) == 1


async def test_memory_limit_ends_the_child_not_the_pool(
    pool: DecoderPool, clips: dict[str, bytes]
) -> None:
    padded = clips["wav"] + bytes(64 << 20)
    with pytest.raises(DecoderFailed):
        await pool.decode(padded, limits=DecodeLimits(memory_bytes=16 << 20))
    assert (await pool.decode(padded)).duration_s == 1.5


async def test_wall_limit_and_deadline(clips: dict[str, bytes]) -> None:
    async with DecoderPool(size=1) as pool:
        (child,) = children()
        child.suspend()  # hangs without using CPU
        with pytest.raises(DecoderFailed):
            await pool.decode(clips["wav"], limits=DecodeLimits(wall_s=0.1))
        assert (await pool.decode(clips["wav"])).duration_s == 1.5
        (child,) = children()
        child.suspend()
        with pytest.raises(DecodeDeadline, match="deadline passed"):
            await pool.decode(clips["wav"], deadline=time.monotonic() + 0.1)
        with pytest.raises(DecodeDeadline):
            await pool.decode(clips["wav"], deadline=time.monotonic() - 1.0)
        assert (await pool.decode(clips["wav"])).duration_s == 1.5


async def test_waiting_for_a_child_counts_against_the_deadline(
    clips: dict[str, bytes], slow_clip: bytes
) -> None:
    async with DecoderPool(size=1) as pool:
        first = asyncio.create_task(pool.decode(slow_clip))
        await asyncio.sleep(0)
        with pytest.raises(DecodeDeadline):
            await pool.decode(clips["wav"], deadline=time.monotonic() + 0.01)
        assert (await first).duration_s == pytest.approx(300.0, abs=0.1)


async def test_a_killed_child_is_replaced(clips: dict[str, bytes]) -> None:
    async with DecoderPool(size=1) as pool:
        (child,) = children()
        child.suspend()
        task = asyncio.create_task(pool.decode(clips["wav"]))
        await asyncio.sleep(0)
        os.kill(child.pid, signal.SIGKILL)
        with pytest.raises(DecoderFailed):
            await task
        assert (await pool.decode(clips["wav"])).duration_s == 1.5


async def test_a_caller_who_leaves_frees_the_slot(
    clips: dict[str, bytes], slow_clip: bytes
) -> None:
    async with DecoderPool(size=1) as pool:
        for _ in range(3):
            task = asyncio.create_task(pool.decode(slow_clip))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert (await pool.decode(clips["wav"])).duration_s == 1.5
        assert len(children()) == 1


async def test_close_leaves_nothing_behind(clips: dict[str, bytes]) -> None:
    descriptors = psutil.Process().num_fds()
    async with DecoderPool(size=3) as pool:
        await pool.decode(clips["wav"])
        assert len(children()) == 3
    assert children() == []
    assert psutil.Process().num_fds() <= descriptors
    with pytest.raises(RuntimeError, match=r"not running. Call start\(\) first"):
        await pool.decode(clips["wav"])


async def test_closing_fails_those_who_wait(clips: dict[str, bytes]) -> None:
    async with DecoderPool(size=1) as pool:
        (child,) = children()
        child.suspend()
        waiting = [asyncio.create_task(pool.decode(clips["wav"])) for _ in range(3)]
        await asyncio.sleep(0)
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [DecoderFailed, RuntimeError, RuntimeError]
    assert children() == []


async def test_memory_of_a_child_stays_flat(clips: dict[str, bytes], proving) -> None:
    async with DecoderPool(size=1) as pool:
        (child,) = children()

        async def some_rounds(count: int) -> int:
            for _ in range(count):
                for data in clips.values():
                    await pool.decode(data)
            return child.memory_info().rss

        settled = await some_rounds(5)
        grown = await some_rounds(proving(10, 1_000)) - settled
        assert grown < 8 << 20


def test_a_pool_of_none_is_refused() -> None:
    with pytest.raises(ValueError, match="A pool of 0 children"):
        DecoderPool(size=0)


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/hostname')",
        "open('/dev/null', 'wb')",
        "socket.create_connection(('127.0.0.1', 9))",
        "av.open('/etc/hostname', format='mp3')",
        "av.open('http://127.0.0.1:9/a.mp3', format='mp3')",
        "os.pipe()",
    ],
)
def test_a_child_can_open_nothing(attempt: str) -> None:
    script = (
        "import errno, os, socket, av\n"
        "from uas_signal.confinement import forbid_opening\n"
        "forbid_opening()\n"
        f"try:\n    {attempt}\n"
        "except OSError as error:\n    os._exit(0 if error.errno == errno.EMFILE else 3)\n"
        "os._exit(4)\n"
    )
    root = str(Path(uas_signal.__file__).parent.parent)
    done = subprocess.run(  # noqa: S603 - our own interpreter, our own script
        [sys.executable, "-c", script], env={"PYTHONPATH": root}, check=False, timeout=30
    )
    assert done.returncode == 0


def test_a_child_loads_neither_torch_nor_scipy() -> None:
    script = (
        "import sys, uas_signal.pool_worker\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'scipy', 'transformers')))\n"
    )
    root = str(Path(uas_signal.__file__).parent.parent)
    done = subprocess.run(  # noqa: S603 - our own interpreter, our own script
        [sys.executable, "-c", script], env={"PYTHONPATH": root}, check=False, timeout=30
    )
    assert done.returncode == 0
