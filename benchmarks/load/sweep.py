"""A running server under growing load: closed loop by clients, open loop by rate.

    uas serve &
    PYTHONPATH=benchmarks python -m load sweep --clients 1 2 4 8 16 --requests 48
    PYTHONPATH=benchmarks python -m load sweep --rates 0.2 0.4 0.8 --seconds 60 --whole
    PYTHONPATH=benchmarks python -m load sweep --lengths 1 3 10 30 60 --requests 5

The last asks for clips of growing length, one at a time: what a second of audio costs. Answers are
streamed unless `--whole`. A key is taken from UAS_API_KEY. Prints Markdown; `--plot` writes an SVG.
"""

import argparse
import asyncio
import os
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from urllib.parse import urlsplit

from load.asks import uas_ask
from load.clips import read_clip, unlike
from load.figures import Summary
from load.loops import Ask, Target, closed_loop, open_loop
from load.machine import state
from load.plot import draw
from load.tables import summaries
from uas_signal import SAMPLE_RATE_HZ

_SEEDS = count(1)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="base URL of the server")
    parser.add_argument("--clip", type=Path, default=Path("examples/hello.flac"))
    parser.add_argument("--seconds-of-audio", type=float, help="cut or repeat the clip to this")
    parser.add_argument("--clients", type=int, nargs="*", default=[], help="closed loop")
    parser.add_argument("--rates", type=float, nargs="*", default=[], help="open loop, per second")
    parser.add_argument("--lengths", type=float, nargs="*", default=[], help="of clips, seconds")
    parser.add_argument("--requests", type=int, default=48, help="of each closed run")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each open run")
    parser.add_argument("--whole", action="store_true", help="do not stream the answers")
    parser.add_argument("--max-tokens", type=int, help="budget of a document")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg")


def run(arguments: argparse.Namespace) -> None:
    """Measure and print."""
    asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> None:
    print(state())
    target = target_of(arguments.url)
    await closed_loop(target, list(islice(_asks(arguments, target), 2)), 1)  # warm-up
    drawn: dict[str, dict[float, Summary]] = {}
    closed: dict[float, Summary] = {}
    for clients in arguments.clients:
        asks = list(islice(_asks(arguments, target), arguments.requests))
        closed[clients] = Summary.of(await closed_loop(target, asks, clients))
    if closed:
        drawn["closed loop"] = closed
        print(summaries("clients", closed))
    opened: dict[float, Summary] = {}
    for rate in arguments.rates:
        asks = list(islice(_asks(arguments, target), int(2 * rate * arguments.seconds) + 16))
        opened[rate] = Summary.of(
            await open_loop(target, lambda n, asks=asks: asks[n], rate, arguments.seconds)
        )
    if opened:
        drawn["open loop"] = opened
        print(summaries("requests/s", opened))
    lengths: dict[float, Summary] = {}
    for seconds in arguments.lengths:
        asks = list(islice(_asks(arguments, target, seconds), arguments.requests))
        lengths[seconds] = Summary.of(await closed_loop(target, asks, 1))
    if lengths:
        drawn["one client"] = lengths
        print(summaries("clip, s", lengths))
    if arguments.plot and len(drawn) == 1:
        (load_name,) = (
            {"closed loop": "clients", "open loop": "requests/s", "one client": "clip, s"}[name]
            for name in drawn
        )
        draw(drawn, load_name, arguments.plot)
    elif arguments.plot:
        raise SystemExit("a plot has one axis; give one of --clients, --rates and --lengths")


def target_of(url: str) -> Target:
    """Where a base URL points. Raises `SystemExit`."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname is None:
        raise SystemExit(f"{url!r} is no URL such as http://127.0.0.1:8000; TLS is not measured")
    return Target(parts.hostname, parts.port or 80)


def _asks(
    arguments: argparse.Namespace, target: Target, seconds: float | None = None
) -> Iterator[Ask]:
    """Requests without end, no two clips alike, in this run and before."""
    samples = read_clip(arguments.clip, seconds or arguments.seconds_of_audio)
    for clip in unlike(samples, next(_SEEDS)):
        yield uas_ask(
            target,
            clip,
            len(samples) / SAMPLE_RATE_HZ,
            stream=not arguments.whole,
            key=os.environ.get("UAS_API_KEY"),
            max_tokens=arguments.max_tokens,
        )
