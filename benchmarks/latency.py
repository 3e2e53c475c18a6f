"""Time one document by stage, and against the stock ways to get it, in one run.

For clips of 3, 10 and 30 s, cut from one recording that is repeated to length:

- ours: the plan over the local engine, everything the server does but HTTP;
- ours without forcing: the same runner under the regex of the same skeleton, token by token;
- stock: `transformers.generate` on the same checkpoint with outlines' logits processor (compiled
  and warmed before), padded features, the same draft put in front and as many tokens as ours;
- faster-whisper alone, the checkpoint's draft model.

The contestants take turns, so that a busy machine slows all alike: quote the ratios. Prints two
Markdown tables of medians.

    python benchmarks/latency.py CHECKPOINT examples/hello.flac --threads 2 --rounds 5
"""

import argparse
import asyncio
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from uas_model.audio_tokens import audio_token_count
from uas_model.checkpoint import Checkpoint
from uas_model.draft import Drafter, NoDrafter, WhisperDrafter
from uas_model.load import load_model
from uas_model.runner.constraints import Constraint, Regex
from uas_model.runner.request import Final, GenerateRequest, Hooks
from uas_model.runner.runner import Runner
from uas_schema.document import canonical_value
from uas_schema.grammar import regex_of
from uas_schema.prompts import load_prompts
from uas_schema.rules import check
from uas_schema.skeleton import START, TRANSCRIPTION, Skeleton, Slot, after_transcription
from uas_server.engine.local import LocalEngine
from uas_server.engine.worker import LoadCheckpoint
from uas_server.service.job import Job
from uas_server.service.join import PlanResult
from uas_server.service.model import ServedModel
from uas_server.service.plan import describe_clip
from uas_signal import SAMPLE_RATE_HZ
from uas_signal.decode import decode

Samples = NDArray[np.float32]
Times = dict[str, list[float]]
MAX_TOKENS = 512
BRANCH_TOKENS = 1
"""What deciding for a voice costs our plan before the rest begins."""
QUIET = Hooks(say=lambda _: None, interrupted=lambda: None)


@dataclass(frozen=True)
class Task:
    """What every contestant has to do: go on from these ids about this clip, for so many tokens."""

    samples: Samples
    prompt_ids: tuple[int, ...]
    head_ids: tuple[int, ...]
    skeleton: Skeleton
    tokens: int

    @property
    def pattern(self) -> str:
        """The skeleton as one regex, for those who force nothing."""
        return regex_of(self.skeleton)


class Bench:
    """The contestants, loaded once."""

    def __init__(self, path: Path, threads: int) -> None:
        self.checkpoint = Checkpoint.open(path, verify=False)
        tokens = self.checkpoint.tokenizer
        draft = self.checkpoint.draft_path
        self.drafter: Drafter = WhisperDrafter(draft, threads=threads) if draft else NoDrafter()
        self.engine = LocalEngine(LoadCheckpoint(path, threads=threads))
        self.model = ServedModel(self.checkpoint.info, tokens, self.engine, self.drafter)
        self.runner = Runner.load(path, tokens)
        self.stock = {
            name: Stock(self.checkpoint, dtype)
            for name, dtype in (("bf16", torch.bfloat16), ("fp32", torch.float32))
        }

    async def describe(self, samples: Samples, salt: str) -> tuple[float, PlanResult]:
        """Seconds of the plan and its result; a new salt means that nothing is cached."""
        started = time.perf_counter()
        result: PlanResult | None = None
        async for event in describe_clip(
            self.model, Job(salt, samples, MAX_TOKENS, cache_salt=salt)
        ):
            if isinstance(event, PlanResult):
                result = event
        if result is None:
            raise RuntimeError("the plan gave no result")
        return time.perf_counter() - started, result

    def task(self, samples: Samples, result: PlanResult) -> Task:
        """The others' task: the same head, and as many tokens as the document took after it."""
        document, tokens = result.document, self.checkpoint.tokenizer
        parts = load_prompts(self.checkpoint.info.prompt_family).render("uas")
        rest = after_transcription(document.has_voice)
        head = [START.text]
        if self.checkpoint.info.wants_draft == "forced" or not document.has_voice:
            head.append(canonical_value(document.transcription))
        else:
            rest = (Slot(TRANSCRIPTION, "string"), *rest)
        return Task(
            samples,
            tuple(tokens.encode_prompt(parts, audio_token_count(len(samples)))),
            tuple(token for text in head for token in tokens.encode_text(text)),
            rest,
            result.tokens["sampled"] + result.tokens["forced"] - BRANCH_TOKENS,
        )

    def run(self, task: Task, constraint: Constraint, salt: str) -> tuple[float, Final]:
        """Seconds of our runner in this process, encoder and prefill included."""
        request = GenerateRequest(
            salt,
            task.prompt_ids,
            (task.samples,),
            task.head_ids,
            constraint,
            max_tokens=task.tokens,
            cache_salt=salt,
        )
        started = time.perf_counter()
        final = self.runner.generate(request, QUIET)
        return (time.perf_counter() - started) * task.tokens / final.tokens.output, final


class Stock:
    """Stock transformers with an outlines logits processor."""

    def __init__(self, checkpoint: Checkpoint, dtype: torch.dtype) -> None:
        import outlines
        from transformers import AutoProcessor

        self._dtype = dtype
        self._model = load_model(checkpoint.path, dtype)
        self._processor = AutoProcessor.from_pretrained(checkpoint.path)
        self._outlines = outlines.from_transformers(self._model, self._processor.tokenizer)
        self._compiled: dict[str, object] = {}

    @torch.inference_mode()
    def generate(self, task: Task) -> float:
        """Seconds for the task's tokens; a generation that ends early is scaled to them."""
        processor = self._compile(task.pattern)
        started = time.perf_counter()
        heard = self._processor.feature_extractor(
            task.samples,
            sampling_rate=SAMPLE_RATE_HZ,
            return_attention_mask=True,
            return_tensors="pt",
        )
        ids = torch.tensor([[*task.prompt_ids, *task.head_ids]])
        out = self._model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            input_features=heard.input_features.to(self._dtype),
            input_features_mask=heard.attention_mask,
            logits_processor=[processor],
            max_new_tokens=task.tokens,
            do_sample=False,
        )
        new = out.shape[1] - ids.shape[1]
        return (time.perf_counter() - started) * task.tokens / new

    def _compile(self, pattern: str):  # type: ignore[no-untyped-def] # outlines has no types
        from outlines.backends import get_regex_logits_processor

        if pattern not in self._compiled:
            self._compiled[pattern] = get_regex_logits_processor(
                "outlines_core", self._outlines, pattern
            )
        processor = self._compiled[pattern]
        processor.reset()  # type: ignore[attr-defined]
        return processor


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("recording", type=Path)
    parser.add_argument("--seconds", type=float, nargs="+", default=[3.0, 10.0, 30.0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args(argv)
    torch.set_num_threads(arguments.threads)
    asyncio.run(_run(arguments))
    return 0


async def _run(arguments: argparse.Namespace) -> None:
    data = arguments.recording.read_bytes()
    bench = Bench(arguments.checkpoint, arguments.threads)
    await bench.engine.start()
    stages, peers, tokens = {}, {}, {}
    try:
        for seconds in arguments.seconds:
            samples = repeat_to(decode(data).samples, seconds)
            stages[seconds], peers[seconds], tokens[seconds] = await measure(
                bench, samples, data, arguments.rounds
            )
    finally:
        await bench.engine.close()
    print(
        f"{arguments.threads} threads, medians of {arguments.rounds} rounds; output tokens: ",
        end="",
    )
    print(", ".join(f"{seconds:g} s: {count}" for seconds, count in tokens.items()))
    print(table("stage, ms", stages, lambda value, _: f"{value * 1e3:.1f}"))
    print(
        table(
            "whole clip, s (times ours)",
            peers,
            lambda value, ours: f"{value:.2f} ({value / ours:.1f})",
        )
    )


async def measure(
    bench: Bench, samples: Samples, data: bytes, rounds: int
) -> tuple[Times, Times, str]:
    """Stages and contestants for one clip, and the tokens of its document in words."""
    stages: Times = defaultdict(list)
    peers: Times = defaultdict(list)
    _, first = await bench.describe(samples, "warm-up")
    task = bench.task(samples, first)
    for stock in bench.stock.values():
        stock.generate(task)
    for number in range(rounds):
        salt = f"round {number}"
        total, result = await bench.describe(samples, salt)
        again, _ = await bench.describe(samples, salt)
        count_stages(stages, bench, samples, data, result)
        known = sum(stages[name][-1] for name in ("draft", "encode", "generate"))
        stages["plan beyond its stages (the draft overlaps the branch)"].append(total - known)
        stages["the same clip again (draft and rest only)"].append(again)
        peers["ours"].append(total)
        draft_s = stages["draft"][-1]
        _, final = bench.run(task, task.skeleton, f"{salt}, forcing")
        stages["prefill and first pass, undivided by a branch"].append(final.timings["prefill_s"])
        stages["steps, sampled and forced"].append(final.timings["decode_s"])
        unforced_s, _ = bench.run(task, Regex(task.pattern), f"{salt}, no forcing")
        peers["ours, forcing off"].append(draft_s + unforced_s)
        for name, stock in bench.stock.items():
            peers[f"transformers.generate + outlines, {name}"].append(
                draft_s + stock.generate(task)
            )
        peers["faster-whisper alone"].append(draft_s)
    counts = f"{first.tokens['sampled']} sampled, {first.tokens['forced']} forced"
    return stages, peers, counts


def count_stages(
    stages: Times, bench: Bench, samples: Samples, data: bytes, result: PlanResult
) -> None:
    """Seconds by stage: the plan's own, and those around it measured alone."""
    encoder = bench.runner.encoder
    stages["decode (of the recording)"].append(timed(lambda: decode(data)))
    stages["mel"].append(timed(lambda: encoder.mel(samples)))
    for stage in ("encode", "draft", "generate"):
        stages[stage].append(result.spent_s.get(stage, 0.0))
    stages["check"].append(timed(lambda: check(result.document)))


def timed(work: Callable[[], object]) -> float:
    """Seconds of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def repeat_to(samples: Samples, seconds: float) -> Samples:
    """The recording again and again, up to `seconds`."""
    length = round(seconds * SAMPLE_RATE_HZ)
    return np.resize(samples, length)


def table(title: str, columns: dict[float, Times], show: Callable[[float, float], str]) -> str:
    """Markdown: a row per name, a column per clip length."""
    names = list(next(iter(columns.values())))
    lines = [
        f"\n| {title} | {' | '.join(f'{seconds:g} s clip' for seconds in columns)} |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for name in names:
        cells = []
        for times in columns.values():
            ours = statistics.median(times.get("ours", [1.0]))
            cells.append(show(statistics.median(times[name]), ours))
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
