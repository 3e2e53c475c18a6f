"""How long after the end of an utterance does its document come, and does that grow?

    uas serve &
    python benchmarks/live.py recording.wav --minutes 10

A WAV file (16 bit, mono) is streamed to a live session again and again, as fast as it would be
recorded (or `--speed` times as fast). An utterance has ended when the last of its audio was sent;
its delay is the time from then to its document. Drift is the delay of the last third of the
utterances over that of the first. Delays depend on what else the machine does; the ratios less so.
"""

import argparse
import asyncio
import json
import os
import statistics
import time
import wave
from dataclasses import dataclass
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect

MESSAGE_S = 0.1


@dataclass(frozen=True)
class Delay:
    """One segment: its length, and how long after its end its document came, in seconds."""

    length_s: float
    delay_s: float


class Run:
    """One stream; `sent` has the clock for every message that went out."""

    def __init__(self, audio: bytes, rate_hz: int, duration_s: float, speed: float) -> None:
        self.audio = audio
        self.rate_hz = rate_hz
        self.duration_s = duration_s
        self.speed = speed
        self.sent: list[float] = []
        self.delays: list[Delay] = []
        self.behind_s = 0.0

    async def over(self, socket: ClientConnection) -> None:
        """Stream and listen to the end."""
        await socket.send(json.dumps({"type": "start", "sample_rate_hz": self.rate_hz}))
        await asyncio.gather(self._send(socket), self._listen(socket))

    async def _send(self, socket: ClientConnection) -> None:
        step = int(MESSAGE_S * self.rate_hz) * 2
        began = time.monotonic()
        for index in range(int(self.duration_s / MESSAGE_S)):
            at = index * step % max(step, len(self.audio) // step * step)
            await asyncio.sleep(began + index * MESSAGE_S / self.speed - time.monotonic())
            await socket.send(self.audio[at : at + step])
            self.sent.append(time.monotonic())
        await socket.send(json.dumps({"type": "end"}))

    async def _listen(self, socket: ClientConnection) -> None:
        while True:
            event = json.loads(await socket.recv())
            now = time.monotonic()
            if event["event"] == "final":
                segment = event["segment"]
                last = min(int(segment["end_s"] / MESSAGE_S), len(self.sent) - 1)
                length_s = segment["end_s"] - segment["start_s"]
                self.delays.append(Delay(length_s, now - self.sent[last]))
            elif event["event"] == "lagging":
                self.behind_s = max(self.behind_s, event["data"]["behind_s"])
            elif event["event"] == "error":
                print(f"error: {event['data']['error']['code']}")
            elif event["event"] == "done":
                return


def report(run: Run) -> None:
    """Print the figures of a run."""
    delays = sorted(each.delay_s for each in run.delays)
    if not delays:
        raise SystemExit("nothing in this file is an utterance or a sound")
    shares = [each.delay_s / each.length_s for each in run.delays]
    third = max(1, len(run.delays) // 3)
    first, last = (
        statistics.median(each.delay_s for each in part)
        for part in (run.delays[:third], run.delays[-third:])
    )
    print(f"segments                       {len(delays)}")
    print(f"delay, median and longest      {statistics.median(delays):.2f} s, {delays[-1]:.2f} s")
    print(f"delay over length, median      {statistics.median(shares):.2f}")
    print(f"drift, last over first third   {last / first:.2f}")
    print(f"most audio that ever waited    {run.behind_s:.1f} s")


async def main() -> None:
    """Stream the file that was named and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="WAV file, 16 bit, mono")
    parser.add_argument("--url", default="ws://127.0.0.1:8000/v1/stream")
    parser.add_argument("--minutes", type=float, default=10.0, help="of audio")
    parser.add_argument("--speed", type=float, default=1.0, help="times real time")
    arguments = parser.parse_args()
    with wave.open(str(arguments.file), "rb") as file:
        if (file.getsampwidth(), file.getnchannels()) != (2, 1):
            raise SystemExit(f"{arguments.file} is not 16 bit and mono; convert it first")
        audio, rate_hz = file.readframes(file.getnframes()), file.getframerate()
    run = Run(audio, rate_hz, arguments.minutes * 60, arguments.speed)
    key = os.environ.get("UAS_API_KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with connect(arguments.url, additional_headers=headers, compression=None) as socket:
        await run.over(socket)
    report(run)


if __name__ == "__main__":
    asyncio.run(main())
