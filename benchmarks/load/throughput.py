"""Our vLLM engine behind our server, vLLM's own server, and our local engine, in one run.

    make env-vllm
    PYTHONPATH=benchmarks python -m load throughput --vllm-python .venv-vllm/bin/python

All have the same checkpoint, clips, prompt ids and budget; no transcript is drafted, so the models
write all of a document. vLLM's server is asked for the whole document in one request, under the
regex of all documents. The contestants take turns, in another order each round, and in each round
hear the same clips, which none has heard before. What counts is the ratio within a round: its
median, and the interval that the order of the rounds' ratios gives (no distribution supposed).
vLLM has to be built for the machine: `--vllm-python` names the interpreter that has it.
"""

import argparse
import asyncio
import json
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from load.asks import VllmAsks, uas_ask
from load.clips import read_clip, unlike
from load.figures import Sample, Summary, median_interval
from load.loops import Ask, Target, closed_loop
from load.machine import cpu_s, state
from load.servers import our_server, vllm_server
from load.tables import interval, table
from uas_model.registry import built_folder
from uas_schema.document import UasDocument
from uas_schema.errors import DocumentError
from uas_server.vllm_settings import VllmSettings
from uas_signal import SAMPLE_RATE_HZ

OURS, THEIRS, LOCAL = "our vLLM engine", "vLLM's server", "our local engine"
_PATIENCE_S = 3_600.0
_PATIENT = {"request_s": _PATIENCE_S, "header_s": _PATIENCE_S, "body_s": _PATIENCE_S}


@dataclass(frozen=True)
class Written:
    """One answer: the document's text, and the tokens of prompt and of output."""

    text: str
    prompt_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class Contestant:
    """A running server: how it is asked about a clip, and how its answer is read.

    Attributes:
        pid: process that it and all its children descend from.
    """

    target: Target
    pid: int
    ask: Callable[[bytes], Ask]
    read: Callable[[Sample], Written]


@dataclass(frozen=True)
class Turn:
    """What one contestant did in one round, and the CPU seconds of all its processes."""

    summary: Summary
    written: Sequence[Written]
    cpu_s: float

    @property
    def cpu_s_each(self) -> float:
        """CPU seconds of a document; a busy machine moves it less than the clock."""
        return self.cpu_s / len(self.written)

    @property
    def tokens_per_s(self) -> float:
        """Output tokens per second, forced ones among them."""
        return sum(each.output_tokens for each in self.written) / self.summary.wall_s


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--model", default="uas-audio-tiny", help="name of a built model")
    parser.add_argument("--clip", type=Path, default=Path("examples/hello.flac"))
    parser.add_argument("--seconds-of-audio", type=float, help="cut or repeat the clip to this")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument(
        "--requests", type=int, default=48, help="of each contestant, in each round"
    )
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--max-tokens", type=int, default=256, help="budget of a document")
    parser.add_argument("--vllm-python", default=".venv-vllm/bin/python", metavar="PATH")
    parser.add_argument("--backend", default="outlines", help="what enforces patterns in vLLM")
    parser.add_argument(
        "--scoring", default="steps", choices=("walk", "steps"), help="of our vLLM engine"
    )
    parser.add_argument("--kv-gib", type=int, default=1, help="keys and values, on a CPU")
    parser.add_argument("--without", nargs="*", default=[], choices=("local",))


def run(arguments: argparse.Namespace) -> None:
    """Measure and print."""
    print(state())
    with ExitStack() as stack:
        contestants = _started(arguments, stack)
        turns = asyncio.run(_rounds(arguments, contestants))
    print(report(turns))
    print(state())


def _started(arguments: argparse.Namespace, stack: ExitStack) -> dict[str, Contestant]:
    """Start the servers, one after the other."""
    folder = built_folder(arguments.model)
    if folder is None:
        raise SystemExit(f"{arguments.model} is not built; run: uas model build {arguments.model}")
    vllm = VllmSettings.model_validate(
        {
            "max_num_seqs": arguments.clients,
            "gpu_memory_utilization": 0.25,
            "cpu_kv_cache_gib": arguments.kv_gib,
            "structured_outputs": arguments.backend,
            "scoring": arguments.scoring,
            "start_s": _PATIENCE_S,
        }
    )
    room, python = arguments.max_tokens, arguments.vllm_python
    ours: dict[str, Any] = {"model": str(folder), "queue": 2 * arguments.clients, "draft": False}
    ours |= {"start_s": _PATIENCE_S, **_PATIENT}

    def asked(target: Target) -> Callable[[bytes], Ask]:
        return lambda clip: uas_ask(target, clip, _audio_s(clip), stream=False, max_tokens=room)

    found = {}
    theirs, pid = stack.enter_context(vllm_server(python, folder, vllm, _PATIENCE_S))
    asks = VllmAsks(folder)
    found[THEIRS] = Contestant(
        theirs, pid, lambda clip: asks.ask(theirs, clip, max_tokens=room), read_theirs
    )
    target, pid = stack.enter_context(
        our_server(python, engine="vllm", vllm=vllm.model_dump(mode="json"), **ours)
    )
    found[OURS] = Contestant(target, pid, asked(target), read_ours)
    if "local" not in arguments.without:
        target, pid = stack.enter_context(our_server(sys.executable, **ours))
        found[LOCAL] = Contestant(target, pid, asked(target), read_ours)
    return found


async def _rounds(
    arguments: argparse.Namespace, contestants: Mapping[str, Contestant]
) -> dict[str, list[Turn]]:
    samples = read_clip(arguments.clip, arguments.seconds_of_audio)
    turns: dict[str, list[Turn]] = defaultdict(list)
    for number in range(arguments.rounds + 1):
        few = arguments.clients if number == 0 else arguments.requests  # the first warms up
        clips = list(islice(unlike(samples, number), few))
        for name in _order(list(contestants), number):
            turn = await _turn(contestants[name], clips, arguments.clients)
            if number > 0:
                turns[name].append(turn)
            print(
                f"round {number}, {name}: {turn.summary.per_s:.3f} documents/s, "
                f"{turn.tokens_per_s:.1f} tokens/s, {turn.cpu_s_each:.2f} CPU s a document",
                file=sys.stderr,
            )
    return turns


async def _turn(contestant: Contestant, clips: Sequence[bytes], clients: int) -> Turn:
    """Raises `SystemExit` when an answer failed: a ratio of failures says nothing."""
    asks = [contestant.ask(clip) for clip in clips]
    before = cpu_s(contestant.pid)
    samples = await closed_loop(contestant.target, asks, clients)
    used = cpu_s(contestant.pid) - before
    bad = [sample for sample in samples if not sample.is_good or b'"error":' in sample.body]
    if bad:
        raise SystemExit(f"{len(bad)} answers failed; the first: {bad[0].status} {bad[0].body!r}")
    return Turn(Summary.of(samples), [contestant.read(sample) for sample in samples], used)


def _order(names: Sequence[str], number: int) -> Iterator[str]:
    """Every contestant comes first, second, ... equally often; neighbours change sides."""
    turned = [names[(place + number) % len(names)] for place in range(len(names))]
    return iter(turned if number // len(names) % 2 == 0 else turned[::-1])


def read_ours(sample: Sample) -> Written:
    """What a whole answer of /v1/uas says."""
    body = json.loads(sample.body)
    usage = body["usage"]
    text = UasDocument.model_validate(body["uas"]).canonical()
    return Written(text, usage["prompt_tokens"], usage["sampled_tokens"] + usage["forced_tokens"])


def read_theirs(sample: Sample) -> Written:
    """What a stream of vLLM's chat API says."""
    text, usage = "", {"prompt_tokens": 0, "completion_tokens": 0}
    for line in sample.body.decode().splitlines():
        if line.startswith("data: {"):
            chunk = json.loads(line.removeprefix("data: "))
            text += "".join(each["delta"].get("content") or "" for each in chunk["choices"])
            usage = chunk.get("usage") or usage
    return Written(text, usage["prompt_tokens"], usage["completion_tokens"])


def report(turns: Mapping[str, Sequence[Turn]]) -> str:
    """Figures of every contestant, and the ratios to vLLM's server."""
    heads = [
        "",
        "documents/s",
        "tokens/s",
        "RTFx",
        "CPU s a document",
        "tokens of one",
        "of a prompt",
    ]
    heads += ["whole documents", "first byte p50, s", "whole p50, p95, p99, s"]
    rows = [_row(name, done) for name, done in turns.items()]
    lines = [table(heads, rows), ""]
    for name in (name for name in turns if name != THEIRS):
        pairs = list(zip(turns[name], turns[THEIRS], strict=True))
        documents = [ours.summary.per_s / theirs.summary.per_s for ours, theirs in pairs]
        tokens = [ours.tokens_per_s / theirs.tokens_per_s for ours, theirs in pairs]
        cpu = [ours.cpu_s_each / theirs.cpu_s_each for ours, theirs in pairs]
        lines += [
            f"{name} over {THEIRS}, {len(pairs)} pairs: "
            f"documents/s {interval(median_interval(documents))}, "
            f"tokens/s {interval(median_interval(tokens))}, "
            f"CPU of a document {interval(median_interval(cpu))}"
        ]
    return "\n".join(lines)


def _row(name: str, turns: Sequence[Turn]) -> list[str]:
    written = [each for turn in turns for each in turn.written]
    tokens = [each.output_tokens for each in written]
    whole = sum(is_document(each.text) for each in written)

    def middle(values: Sequence[float]) -> float:
        return statistics.median(values)

    return [
        name,
        f"{middle([turn.summary.per_s for turn in turns]):.3f}",
        f"{middle([turn.tokens_per_s for turn in turns]):.1f}",
        f"{middle([turn.summary.rtfx for turn in turns]):.2f}",
        f"{middle([turn.cpu_s_each for turn in turns]):.2f}",
        f"{middle(tokens):.0f} ({min(tokens)} to {max(tokens)})",
        f"{middle([each.prompt_tokens for each in written]):.0f}",
        f"{whole} of {len(written)}",
        f"{middle([turn.summary.first.p50 for turn in turns]):.2f}",
        ", ".join(
            f"{middle([getattr(turn.summary.took, q) for turn in turns]):.2f}"
            for q in ("p50", "p95", "p99")
        ),
    ]


def is_document(text: str) -> bool:
    """Whether it is a whole document."""
    try:
        UasDocument.parse(text)
    except DocumentError:
        return False
    return True


def _audio_s(clip: bytes) -> float:
    return (len(clip) - 44) / 2 / SAMPLE_RATE_HZ  # 44 bytes of header, 16 bit
