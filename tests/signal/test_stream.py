"""A stored file streams as it decodes at once, in a child that is held to its limits."""

import dataclasses
import io
import wave
from pathlib import Path

import numpy as np
import psutil
import pytest

from uas_signal.decode import decode
from uas_signal.errors import AudioTooLong, DecoderFailed, SignalError, UnsupportedMedia
from uas_signal.limits import DecodeLimits
from uas_signal.stored import StoredBytes, open_stretch
from uas_signal.stream import open_stream, probe


@pytest.fixture
def stored(tmp_path: Path):
    """`stored(data)`: the path of a file with these bytes."""

    def write(data: bytes) -> Path:
        path = tmp_path / "audio"
        path.write_bytes(data)
        return path

    return write


async def streamed(path: Path, limits: DecodeLimits | None = None, skip_samples: int = 0):
    async with open_stream(path, limits or DecodeLimits(), skip_samples=skip_samples) as stream:
        return np.concatenate([block async for block in stream.blocks()])


def children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "uas_signal.stream_worker" in child.cmdline()
    ]


async def test_it_streams_what_decoding_at_once_gives(clips, stored) -> None:
    for kind, data in clips.items():
        rest = await streamed(stored(data), skip_samples=7_001)
        np.testing.assert_array_equal(rest, decode(data).samples[7_001:], err_msg=kind)


async def test_a_probe_tells_container_and_length(clips, stored) -> None:
    head = await probe(stored(clips["flac"]), DecodeLimits())
    assert head.source == decode(clips["flac"]).source
    assert head.duration_s == pytest.approx(1.5, abs=0.1)
    assert children() == []


async def test_what_is_wrong_with_the_file_arrives(clips, stored) -> None:
    with pytest.raises(AudioTooLong, match=r"longer than 0.9 s, the most for 1 channel"):
        await probe(stored(clips["wav"]), DecodeLimits(max_seconds=0.9))
    with pytest.raises(UnsupportedMedia):
        await streamed(stored(b"%PDF-1.7 and so on"))
    with pytest.raises(SignalError):
        await streamed(stored(b""))
    assert children() == []


async def test_a_child_that_dies_is_a_typed_error(stored) -> None:
    async with open_stream(stored(silent_wav(minutes=30)), DecodeLimits(max_seconds=7_200)) as it:
        blocks = it.blocks()
        await anext(blocks)
        children()[0].kill()
        with pytest.raises(DecoderFailed):
            async for _ in blocks:
                pass
        await blocks.aclose()


async def test_cpu_time_is_bounded_by_the_minute_and_not_by_the_file(encode, stored) -> None:
    noise = np.random.default_rng(0).standard_normal(20 * 60 * 8_000) * 0.1
    path = stored(encode(noise.astype(np.float32), 8_000, "flac"))
    limits = dataclasses.replace(DecodeLimits(max_seconds=7_200), cpu_s=1)
    assert len(await streamed(path, limits)) == 20 * 60 * 16_000


async def test_a_child_waits_while_nobody_reads_and_holds_little(stored) -> None:
    path = stored(silent_wav(minutes=40))
    limits = dataclasses.replace(DecodeLimits(max_seconds=7_200), memory_bytes=1 << 26)
    async with open_stream(path, limits) as stream:
        blocks = stream.blocks()
        await anext(blocks)
        before = children()[0].memory_info().rss
        count = 1
        async for _ in blocks:
            count += 1
            if count == 2_000:
                assert children()[0].memory_info().rss - before < 4 << 20
        assert count >= 2_300


def silent_wav(minutes: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, 8_000, 0, "NONE", ""))
        writer.writeframes(bytes(minutes * 60 * 8_000 * 2))
    return file.getvalue()


def test_stored_bytes_are_the_bytes(tmp_path: Path) -> None:
    data = np.random.default_rng(0).bytes(300_000) + b"OggS" + bytes(70_000) + b"OggS"
    path = tmp_path / "audio"
    path.write_bytes(data)
    with path.open("rb") as file:
        stored = StoredBytes(file.fileno())
        assert len(stored) == len(data)
        assert stored.count(b"OggS") == data.count(b"OggS")
        assert stored.find(b"OggS", 300_001) == data.find(b"OggS", 300_001)
        assert stored.find(b"OggS", len(data)) == -1
        for start, end in ((0, 4), (299_990, 300_010), (5, 200_000), (370_000, 999_999)):
            assert stored[start:end] == data[start:end]
        assert stored[300_000] == data[300_000]
        with open_stretch(stored, 10, 100_010) as stretch:
            stretch.seek(-10, 2)
            assert stretch.read() == data[100_000:100_010]
            stretch.seek(5)
            assert (stretch.read(7), stretch.tell()) == (data[15:22], 12)
