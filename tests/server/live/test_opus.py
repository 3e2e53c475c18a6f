"""Live sessions that bring Opus: the same segments as PCM, errors as clean, no decoder left."""

import asyncio
import random
from contextlib import ExitStack

import numpy as np
import psutil
import pytest
from live_client import begin, documents, hear, hear_all, opened, pcm, say, stopped, streamed
from opus_streams import opus_packets, recorded
from signals import silence, vowels
from talking import speaking

from uas_server.engine.fake import FakeEngine

FAST = {"live_speed": 1e6, "live_buffer_s": 1e6}
LATEST_S = 0.1  # a step of the segmenter, and the delay of the codec


@pytest.fixture(scope="module")
def sound() -> np.ndarray:
    """Two utterances, each with silence around it, 16 kHz."""
    parts = [silence(0.5), vowels(1.0), silence(1.0), vowels(1.0, 3), silence(1.0)]
    return np.concatenate(parts)


@pytest.fixture(scope="module")
def packets(sound) -> list[bytes]:
    return opus_packets(sound)


@pytest.fixture(scope="module")
def url(server_of):
    with server_of(FakeEngine(speaking), **FAST).live() as url:
        yield url


def decoders() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if child.status() != psutil.STATUS_ZOMBIE and "uas_signal.live_worker" in child.cmdline()
    ]


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def messages_of(sound: np.ndarray, encoding: str, channels: int) -> list[bytes]:
    if encoding == "opus":
        return opus_packets(sound, channels=channels, frame_ms=40)
    return cut(recorded(sound, encoding, channels=channels), 1_500)


def assert_same_places(events, wanted) -> None:
    found, wanted = documents(events), documents(wanted)
    assert [segment["kind"] for segment, _ in found] == [segment["kind"] for segment, _ in wanted]
    for (segment, _), (as_pcm, _) in zip(found, wanted, strict=True):
        assert segment["start_s"] == pytest.approx(as_pcm["start_s"], abs=LATEST_S)
        assert segment["end_s"] == pytest.approx(as_pcm["end_s"], abs=LATEST_S)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("encoding", ["opus", "webm", "ogg"])
async def test_its_segments_are_those_of_pcm(url, sound, encoding, channels):
    messages = messages_of(sound, encoding, channels)
    events, code = await streamed(url, messages, encoding=encoding)
    assert code == 1000
    assert_same_places(events, (await streamed(url, cut(pcm(sound), 32_000)))[0])
    assert events[-1]["data"]["audio_s"] == pytest.approx(len(sound) / 16_000, abs=0.1)
    acks = [event["data"] for event in events if event["event"] == "ack"]
    assert acks[0]["acknowledged_samples"] >= 48_000
    assert acks[0]["acknowledged_bytes"] < len(b"".join(messages))
    assert decoders() == []


async def test_lost_packets_and_silence_cost_no_segment(url, sound, packets):
    dice = random.Random(1)
    lossy = [packet if dice.random() > 0.05 else b"" for packet in packets[1:]]
    events, code = await streamed(url, [packets[0], *lossy], encoding="opus")
    assert (len(documents(events)), code) == (2, 1000)
    quiet = opus_packets(np.zeros(32_000, np.float32), application="voip")
    events, code = await streamed(url, quiet, encoding="opus")
    assert (events[-1]["data"]["segments"], code) == (0, 1000)


async def test_a_client_that_comes_back_loses_nothing(url, sound, packets):
    data = cut(recorded(sound, "webm"), 1_000)
    for encoding, messages, unit in (("opus", packets, "samples"), ("webm", data, "bytes")):
        whole, _ = await streamed(url, messages, encoding=encoding)
        async with opened(url) as socket:
            ready = await begin(socket, encoding=encoding)
            for message in messages[: len(messages) // 2]:
                await socket.send(message)
            await hear(socket, "ack")
            socket.transport.abort()
        async with opened(url) as socket:
            token = ready["resume_token"]
            await say(socket, {"type": "resume", "resume_token": token, "last_number": 0})
            taken = (await hear(socket, "ready"))["data"][f"acknowledged_{unit}"]
            size = 960 if encoding == "opus" else 1_000
            assert taken % size == 0
            for message in messages[taken // size :]:
                await socket.send(message)
            await say(socket, {"type": "end"})
            events, code = await hear_all(socket)
        assert code == 1000
        assert documents(events) == documents(whole)


@pytest.mark.parametrize(
    ("encoding", "messages", "error", "code"),
    [
        ("opus", [b""], "invalid_audio", 1008),
        ("opus", [b"\x03"], "invalid_audio", 1008),
        ("opus", [b"\xff\xff\xff"], "invalid_audio", 1008),
        ("opus", [bytes(65_538)], "message_too_big", 1009),
        ("webm", [b"OggS" * 100], "invalid_audio", 1008),
        ("ogg", [bytes(60_000)], "invalid_audio", 1008),
    ],
)
async def test_what_is_wrong_is_an_error_before_its_close_code(
    url, encoding, messages, error, code
):
    async with opened(url) as socket:
        await begin(socket, encoding=encoding)
        for message in messages:
            await socket.send(message)
        events, closed = await hear_all(socket)
    assert (events[-1]["data"]["error"]["code"], closed) == (error, code)
    await gone()


async def gone() -> None:
    async with asyncio.timeout(30):
        while decoders():  # noqa: ASYNC110 - it has no event to wait for
            await asyncio.sleep(0.01)


async def test_a_stream_that_never_begins_ends_with_an_error(url):
    events, code = await streamed(url, [b"\x1a\x45\xdf\xa3"], encoding="webm")
    assert (events[-1]["data"]["error"]["code"], code) == ("invalid_audio", 1008)


async def test_a_rate_that_opus_has_not_is_refused(url):
    async with opened(url) as socket:
        await say(socket, {"type": "start", "encoding": "opus", "sample_rate_hz": 16_000})
        events, code = await hear_all(socket)
    detail = events[-1]["data"]["error"]
    assert (detail["code"], detail["param"], code) == ("invalid_message", "sample_rate_hz", 1008)
    assert "48000" in detail["message"]
    async with opened(url) as socket:
        await begin(socket, encoding="opus", sample_rate_hz=48_000)


async def test_a_client_that_leaves_leaves_no_decoder(server_of, packets):
    server = server_of(FakeEngine(speaking), live_resume_s=0.05, **FAST)
    with server.live() as url:
        async with opened(url) as socket:
            await begin(socket, encoding="opus")
            for packet in packets[:60]:
                await socket.send(packet)
            await hear(socket, "ack")
            assert len(decoders()) == 1
            socket.transport.abort()
        await gone()


async def test_bytes_without_sound_count_as_audio(server_of):
    """Whatever is sent, 96 kB are a second of the session, and of its pace."""
    with server_of(FakeEngine(speaking), **FAST, live_session_s=2.0).live() as url:
        async with opened(url) as socket:
            await begin(socket, encoding="webm")
            await socket.send(recorded(silence(0.3), "webm"))
            for _ in range(6):
                await socket.send(b"\xec" + (0x20_00_00 | 60_000).to_bytes(3) + bytes(60_000))
            events, code = await hear_all(socket)
    assert (events[-1]["data"]["error"]["code"], code) == ("session_too_long", 1008)


async def test_another_server_goes_on_at_a_packet(server_of, url, packets, sound):
    stopping = ExitStack()
    doomed = stopping.enter_context(server_of(FakeEngine(speaking), **FAST).live())
    async with opened(doomed) as socket:
        await begin(socket, encoding="opus")
        for packet in packets[:168]:  # into the second utterance
            await socket.send(packet)
        before = [await hear(socket, "final")]
        events = await stopped(stopping, socket)
    last = events[-1]
    settled = last["data"]["settled_samples"]
    assert settled % 960 == 0
    async with opened(url) as socket:
        token = last["data"]["resume_token"]
        await say(socket, {"type": "resume", "resume_token": token, "last_number": last["number"]})
        assert (await hear(socket, "ready"))["data"]["acknowledged_samples"] == settled
        for packet in packets[settled // 960 :]:
            await socket.send(packet)
        await say(socket, {"type": "end"})
        rest, _ = await hear_all(socket)
    as_pcm, _ = await streamed(url, cut(pcm(sound), 32_000))
    assert_same_places([*before, *events, *rest], as_pcm)


async def test_a_recording_that_is_stopped_by_the_server_ends_with_its_documents(server_of, sound):
    stopping = ExitStack()
    doomed = stopping.enter_context(server_of(FakeEngine(speaking), **FAST).live())
    messages = cut(recorded(sound, "webm"), 1_000)
    async with opened(doomed) as socket:
        await begin(socket, encoding="webm")
        for message in messages[: len(messages) * 3 // 4]:
            await socket.send(message)
        before = [await hear(socket, "final")]
        events = await stopped(stopping, socket)
    last = events[-1]
    found = documents([*before, *events])
    assert len(found) == 2
    assert last["data"]["settled_samples"] >= found[1][0]["end_s"] * 48_000 - 48
