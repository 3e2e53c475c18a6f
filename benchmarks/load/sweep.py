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
from itertools import count, islice
from pathlib import Path
from urllib.parse import urlsplit

from load.answers import first_over_draft
from load.asks import uas_ask
from load.clips import read_clip, unlike
from load.figures import Sample, Summary
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
    parser.add_argument("--label", default="uas serve", help="name of the line in the plot")


def run(arguments: argparse.Namespace) -> None:
    """Measure and print."""
    asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> None:
    """Raises `SystemExit` when what is to be drawn has no one axis."""
    axes = {
        "clients": (arguments.clients, _closed),
        "requests/s": (arguments.rates, _open),
        "clip, s": (arguments.lengths, _one_by_one),
    }
    asked = [name for name, (loads, _) in axes.items() if loads]
    if not asked or (arguments.plot and len(asked) > 1):
        raise SystemExit("give --clients, --rates or --lengths; with --plot just one of them")
    print(state())
    target = target_of(arguments.url)
    await closed_loop(target, _asks(arguments, target, 2), 1)  # warm-up
    for name in asked:
        loads, measure = axes[name]
        samples = {load: await measure(arguments, target, load) for load in loads}
        found = {load: Summary.of(each) for load, each in samples.items()}
        print(summaries(name, {f"{load:g}": summary for load, summary in found.items()}))
        for load, each in samples.items():
            ratio = first_over_draft(each)
            if ratio is not None and not arguments.whole:
                print(f"{name} {load:g}: first byte over the time of the draft, p50: {ratio:.2f}")
        if arguments.plot:
            draw({arguments.label: found}, name, arguments.plot)


async def _closed(arguments: argparse.Namespace, target: Target, clients: float) -> list[Sample]:
    asks = _asks(arguments, target, arguments.requests)
    return await closed_loop(target, asks, int(clients))


async def _open(arguments: argparse.Namespace, target: Target, rate_hz: float) -> list[Sample]:
    most = int(2 * rate_hz * arguments.seconds) + 16
    asks = _asks(arguments, target, most)
    return await open_loop(target, lambda number: asks[number], rate_hz, arguments.seconds)


async def _one_by_one(arguments: argparse.Namespace, target: Target, clip_s: float) -> list[Sample]:
    return await closed_loop(target, _asks(arguments, target, arguments.requests, clip_s), 1)


def target_of(url: str) -> Target:
    """Where a base URL points. Raises `SystemExit`."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname is None:
        raise SystemExit(f"{url!r} is no URL such as http://127.0.0.1:8000; TLS is not measured")
    return Target(parts.hostname, parts.port or 80)


def _asks(
    arguments: argparse.Namespace, target: Target, number: int, clip_s: float | None = None
) -> list[Ask]:
    """So many requests, no two clips alike, in this run and before."""
    samples = read_clip(arguments.clip, clip_s or arguments.seconds_of_audio)
    return [
        uas_ask(
            target,
            clip,
            len(samples) / SAMPLE_RATE_HZ,
            stream=not arguments.whole,
            key=os.environ.get("UAS_API_KEY"),
            max_tokens=arguments.max_tokens,
        )
        for clip in islice(unlike(samples, next(_SEEDS)), number)
    ]
