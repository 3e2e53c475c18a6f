"""Streams a WAV file to a live session and prints the documents as they come.

    python live.py recording.wav http://127.0.0.1:8000

The file is PCM, 16 bit, mono. A key is read from UAS_API_KEY. Needs `uas-audio-client[live]`.
"""

import asyncio
import os
import sys
import wave

from uas_audio_client.generated.models import FinalEvent
from uas_audio_client.live import LiveSession, live_session

MESSAGE_S = 0.1


async def speak(session: LiveSession, recording: wave.Wave_read) -> None:
    """Send the recording, a tenth of a second at a time."""
    while samples := recording.readframes(int(MESSAGE_S * recording.getframerate())):
        await session.send(samples)
    await session.end()


async def main(path: str, url: str) -> None:
    """Stream the file that was named."""
    with wave.open(path, "rb") as recording:
        rate_hz = recording.getframerate()
        async with (
            live_session(url, os.environ.get("UAS_API_KEY"), sample_rate_hz=rate_hz) as session,
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(speak(session, recording))
            async for event in session.events():
                if isinstance(event, FinalEvent):
                    place = f"{event.segment.start_s:.2f} to {event.segment.end_s:.2f} s"
                    print(f"{place}: {event.data.uas.transcription}")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
