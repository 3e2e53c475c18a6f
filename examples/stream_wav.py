"""Streams a WAV file to a live session as if it were being recorded, and prints what comes back.

    python examples/stream_wav.py recording.wav --url ws://127.0.0.1:8000/v1/stream

The file is PCM, 16 bit, mono. A key is read from UAS_API_KEY. When the connection breaks, it is
opened again and the session goes on behind the samples that the server has. Needs `websockets`.
"""

import argparse
import asyncio
import json
import os
import wave

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

MESSAGE_S = 0.1
GOING_AWAY = 1001


class Stream:
    """A file on its way; knows how far the session has come."""

    def __init__(self, path: str, speed: float) -> None:
        with wave.open(path, "rb") as file:
            if (file.getsampwidth(), file.getnchannels()) != (2, 1):
                raise SystemExit(f"{path} is not 16 bit and mono; convert it first")
            self.rate_hz = file.getframerate()
            self.audio = file.readframes(file.getnframes())
        self.speed = speed
        self.token: str | None = None
        self.last_number = 0

    async def run(self, url: str) -> None:
        """Stream to the end, over as many connections as that takes."""
        key = os.environ.get("UAS_API_KEY")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        async for socket in connect(url, additional_headers=headers, compression=None):
            try:
                await self.over(socket)
            except ConnectionClosed as closed:
                if closed.rcvd is not None and closed.rcvd.code != GOING_AWAY:
                    raise SystemExit(f"closed with code {closed.rcvd.code}") from None
            else:
                return

    async def over(self, socket: ClientConnection) -> None:
        """Start or go on over one connection."""
        await socket.send(json.dumps(self.first_message()))
        ready = json.loads(await socket.recv())
        if ready["event"] != "ready":
            raise SystemExit(ready["data"]["error"]["message"])
        self.token = ready["data"]["resume_token"]
        sending = asyncio.create_task(self.send(socket, ready["data"]["acknowledged_samples"]))
        try:
            while not self.show(json.loads(await socket.recv())):
                pass
        finally:
            sending.cancel()

    def first_message(self) -> dict[str, object]:
        """What the connection is for."""
        if self.token is None:
            return {"type": "start", "sample_rate_hz": self.rate_hz}
        return {"type": "resume", "resume_token": self.token, "last_number": self.last_number}

    async def send(self, socket: ClientConnection, acknowledged_samples: int) -> None:
        """Send what the server does not have, no faster than `speed`."""
        step = int(MESSAGE_S * self.rate_hz) * 2
        for start in range(acknowledged_samples * 2, len(self.audio), step):
            await socket.send(self.audio[start : start + step])
            await asyncio.sleep(MESSAGE_S / self.speed)
        await socket.send(json.dumps({"type": "end"}))

    def show(self, event: dict) -> bool:
        """Print what an event says; true for the last one."""
        self.last_number = event.get("number") or self.last_number
        name, segment = event["event"], event.get("segment")
        if name == "final":
            where = f"{segment['start_s']:.2f} to {segment['end_s']:.2f} s"
            print(f"{where}: {json.dumps(event['data']['uas'], ensure_ascii=False)}")
        elif name == "going_away":
            self.token = event["data"]["resume_token"]  # for the next server
        elif name in {"error", "lagging"}:
            print(f"{name}: {json.dumps(event['data'])}")
        return name == "done"


def main() -> None:
    """Stream the file that was named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", help="WAV file, 16 bit, mono")
    parser.add_argument("--url", default="ws://127.0.0.1:8000/v1/stream")
    parser.add_argument("--speed", type=float, default=1.0, help="times real time")
    arguments = parser.parse_args()
    asyncio.run(Stream(arguments.file, arguments.speed).run(arguments.url))


if __name__ == "__main__":
    main()
