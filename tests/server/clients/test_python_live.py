"""The Python client's live sessions, against a real server."""

import asyncio
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from opus_streams import opus_packets, recorded
from talking import speaking

from uas_audio_client import ApiError
from uas_audio_client.errors import SessionCut
from uas_audio_client.generated.models import AckEvent, DoneEvent, FinalEvent
from uas_audio_client.live import LiveEvent, LiveSession, live_session
from uas_server.engine.fake import FakeEngine

ROOT = Path(__file__).parents[3]
MESSAGE = 32_000


async def send(session: LiveSession, audio: bytes) -> None:
    for start in range(0, len(audio), MESSAGE):
        await session.send(audio[start : start + MESSAGE])


async def rest(session: LiveSession) -> list[LiveEvent]:
    await session.end()
    return [event async for event in session.events()]


def transcripts(events: list[LiveEvent]) -> list[str]:
    return [event.data.uas.transcription for event in events if isinstance(event, FinalEvent)]


async def test_a_session_from_start_to_done(live_url, speech):
    async with live_session(live_url, "k") as session:
        assert session.ready.acknowledged_samples == 0
        await send(session, speech)
        events = await rest(session)
    assert len(transcripts(events)) == 2
    assert isinstance(events[-1], DoneEvent)
    assert events[-1].data.audio_s == len(speech) / MESSAGE
    assert session.point.last_number == events[-1].number


async def test_a_session_of_opus(live_url, speech):
    samples = np.frombuffer(speech, "<i2").astype(np.float32) / 32_768
    async with live_session(live_url, "k", encoding="opus") as session:
        for packet in opus_packets(samples):
            await session.send(packet)
        assert len(transcripts(await rest(session))) == 2
    recording = recorded(samples, "webm")
    async with live_session(live_url, "k", encoding="webm") as session:
        await send(session, recording)
        assert len(transcripts(await rest(session))) == 2


async def test_a_session_goes_on_over_another_connection(live_url, speech):
    half = len(speech) // 4 * 2
    async with live_session(live_url, "k") as first:
        await send(first, speech[:half])
        heard = []
        async for event in first.events():
            heard.append(event)
            if isinstance(event, AckEvent):
                break
        async with live_session(live_url, "k", resume=first.point) as second:
            await send(second, speech[second.ready.acknowledged_samples * 2 :])
            heard += await rest(second)
        with pytest.raises(ApiError) as taken:
            [event async for event in first.events()]
    assert taken.value.code == "session_taken_over"
    assert len(transcripts(heard)) == 2
    numbers = [event.number for event in heard if getattr(event, "number", None)]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_who_is_refused_learns_why(live_url):
    with pytest.raises(ApiError) as refused:
        async with live_session(live_url, "another"):
            pytest.fail("the session began")
    assert (refused.value.status, refused.value.code) == (401, "invalid_api_key")


async def test_a_session_that_cannot_begin_says_why(live_url):
    with pytest.raises(ApiError, match="sample_rate_hz") as refused:
        async with live_session(live_url, "k", sample_rate_hz=7):
            pytest.fail("the session began")
    assert refused.value.code == "invalid_message"


async def test_an_error_of_the_session_is_raised(live_url):
    async with live_session(live_url, "k") as session:
        await session.send(b"odd")
        with pytest.raises(ApiError) as ended:
            [event async for event in session.events()]
    assert ended.value.code == "invalid_audio"


async def test_a_server_that_stops_says_where_to_go_on(server_of):
    stopping = server_of(FakeEngine(speaking)).live()
    url = await asyncio.to_thread(stopping.__enter__)
    async with live_session(url) as session:
        stopped = asyncio.create_task(asyncio.to_thread(stopping.__exit__, None, None, None))
        with pytest.raises(SessionCut, match="1001") as cut:
            [event async for event in session.events()]
        await stopped
    assert cut.value.close_code == 1001
    assert cut.value.point.resume_token != session.ready.resume_token


def test_the_example_runs(live_url, speech, tmp_path, environment):
    file = tmp_path / "speech.wav"
    with wave.open(str(file), "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(16_000)
        recording.writeframes(speech)
    script = ROOT / "clients" / "python" / "examples" / "live.py"
    path = f"{ROOT / 'clients' / 'python'}:{environment['PYTHONPATH']}"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "error", str(script), str(file), live_url],
        env={**environment, "PYTHONPATH": path, "UAS_API_KEY": "k"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(" s: ") == 2
