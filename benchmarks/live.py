"""How long after the end of an utterance does its document come, and does that grow?

    uas serve &
    python benchmarks/live.py recording.wav --minutes 10

A WAV file (16 bit, mono) is streamed to a live session again and again, as fast as it would be
recorded (or `--speed` times as fast). An utterance has ended when the last of its audio was sent;
its delay is the time from then to its document. Drift is the delay of the last third of the
utterances over that of the first, and the slope of a line through all. Delays depend on what else
the machine does; the ratios less so. The exit code is 1 when the session ended with an error.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect

from load.figures import Quantiles

MESSAGE_S = 0.1


@dataclass(frozen=True)
class Delay:
    """One segment, in seconds: its length, how long after its end its document came, its end."""

    length_s: float
    delay_s: float
    end_s: float = 0.0


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
        self.error: str | None = None

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
                self.delays.append(Delay(length_s, now - self.sent[last], segment["end_s"]))
            elif event["event"] == "lagging":
                self.behind_s = max(self.behind_s, event["data"]["behind_s"])
            elif event["event"] == "error":
                self.error = event["data"]["error"]["code"]
                print(f"error: {self.error}")
            elif event["event"] == "done":
                return


def report(delays: Sequence[Delay], behind_s: float) -> str:
    """The figures of a run. Raises `SystemExit` where nothing was heard."""
    if not delays:
        raise SystemExit("nothing in this file is an utterance or a sound")
    waits = [each.delay_s for each in delays]
    shares = [each.delay_s / each.length_s for each in delays]
    third = max(1, len(waits) // 3)
    first, last = (statistics.median(part) for part in (waits[:third], waits[-third:]))
    took = Quantiles.of(waits)
    lines = {
        "segments": str(len(waits)),
        "delay, p50, p95, longest": f"{took.p50:.2f} s, {took.p95:.2f} s, {max(waits):.2f} s",
        "delay over length, p50, p95": (
            f"{Quantiles.of(shares).p50:.2f}, {Quantiles.of(shares).p95:.2f}"
        ),
        "drift, last over first third": f"{last / first:.2f}",
        "drift, line through all": f"{_slope(delays) * 60 * 1e3:.1f} ms per minute",
        "most audio that ever waited": f"{behind_s:.1f} s",
    }
    return "\n".join(f"{name:<31}{value}" for name, value in lines.items())


def _slope(delays: Sequence[Delay]) -> float:
    """Seconds of delay that a second of the stream adds; 0 for a single segment."""
    ends = [each.end_s for each in delays]
    if len(set(ends)) == 1:
        return 0.0
    return statistics.linear_regression(ends, [each.delay_s for each in delays]).slope


async def main() -> int:
    """Stream the file that was named, print the figures, give the exit code."""
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
    print(report(run.delays, run.behind_s))
    return 0 if run.error is None else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
