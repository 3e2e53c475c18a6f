"""What the server itself takes: our server around the scripted engine, requests at random moments.

    PYTHONPATH=benchmarks python -m load overhead --rate 500 --seconds 20

Everything is real but the model: HTTP, decoder children, prompt, grammar events, checks. The engine
answers at once, so all that is left is overhead. It is counted from the moment a request was due to
the last byte of its answer. The same client first does the same to a server that answers at once
without reading (`null_server`): that floor, how late the client sent, and the share of a core that
it used say whether the client is what is measured.
"""

import argparse
import asyncio
import resource
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from load.answers import timings_of
from load.asks import uas_ask
from load.clips import read_clip, unlike
from load.figures import Sample, Summary
from load.loops import Ask, Target, closed_loop, open_loop
from load.machine import cpu_s, state
from load.servers import null_server, our_server
from load.tables import summaries, table
from uas_signal import SAMPLE_RATE_HZ

CLIPS = 32
ROOM = 4_000
"""Places of the server: requests that are late wait, none is refused, so that all are counted."""

_ANSWER_BYTES = 1_500


@dataclass(frozen=True)
class Work:
    """One run, and the CPU seconds that client and server used for each of its requests."""

    samples: Sequence[Sample]
    client_cpu_s: float
    server_cpu_s: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--clip", type=Path, default=Path("examples/hello.flac"))
    parser.add_argument("--seconds-of-audio", type=float, help="cut or repeat the clip to this")
    parser.add_argument("--rate", type=float, nargs="+", default=[500.0], help="requests/s")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each rate")
    parser.add_argument("--decoders", type=int, default=2, help="decoder children of the server")
    parser.add_argument("--stream", action="store_true", help="stream the answers")


def run(arguments: argparse.Namespace) -> None:
    """Measure and print."""
    print(state())
    with null_server(sys.executable, _ANSWER_BYTES) as (target, pid):
        floor = asyncio.run(_rates(arguments, target, pid))
    settings = {"queue": ROOM, "decoders": arguments.decoders}
    with our_server(sys.executable, fake=True, **settings) as (target, pid):
        asks = _asks(arguments, target)
        asyncio.run(closed_loop(target, asks * 4, 2))  # warm-up
        began = time.perf_counter()
        most = asyncio.run(closed_loop(target, asks * 8, 16))
        print(f"most that it answers: {len(most) / (time.perf_counter() - began):.0f} requests/s")
        runs = asyncio.run(_rates(arguments, target, pid))
    rows = {f"{rate:g}/s": Summary.of(work.samples) for rate, work in runs.items()}
    rows |= {f"floor, {rate:g}/s": Summary.of(work.samples) for rate, work in floor.items()}
    print(summaries("rate", rows))
    print(_shares(runs))


async def _rates(arguments: argparse.Namespace, target: Target, server: int) -> dict[float, Work]:
    asks = _asks(arguments, target)
    found = {}
    for rate in arguments.rate:
        before, theirs = _own_cpu_s(), cpu_s(server)
        samples = await open_loop(
            target, lambda number: asks[number % len(asks)], rate, arguments.seconds
        )
        used, served = _own_cpu_s() - before, cpu_s(server) - theirs
        found[rate] = Work(samples, used / len(samples), served / len(samples))
    return found


def _asks(arguments: argparse.Namespace, target: Target) -> list[Ask]:
    samples = read_clip(arguments.clip, arguments.seconds_of_audio)
    audio_s = len(samples) / SAMPLE_RATE_HZ
    clips = islice(unlike(samples, 1), CLIPS)
    return [uas_ask(target, clip, audio_s, stream=arguments.stream) for clip in clips]


def _shares(runs: dict[float, Work]) -> str:
    """What each side used of a core, and the server's own word for its time."""
    rows = []
    for rate, work in runs.items():
        own = [timings_of(sample)["total_s"] or 0.0 for sample in work.samples if sample.is_good]
        rows.append(
            [
                f"{rate:g}/s",
                f"{work.client_cpu_s * 1e3:.2f} ({100 * work.client_cpu_s * rate:.0f} %)",
                f"{work.server_cpu_s * 1e3:.2f} ({100 * work.server_cpu_s * rate:.0f} %)",
                f"{statistics.median(own) * 1e3:.1f}",
                f"{sorted(own)[int(0.99 * (len(own) - 1))] * 1e3:.1f}",
            ]
        )
    heads = [
        "rate",
        "client CPU, ms a request (of a core)",
        "server and decoders CPU, ms a request (of a core)",
        "server's own total p50, ms",
        "p99, ms",
    ]
    return table(heads, rows)


def _own_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
