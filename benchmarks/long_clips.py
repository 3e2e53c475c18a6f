"""Into windows of what length should a long clip be cut, so that the model hears it best?

    export PYTHONPATH=benchmarks OMP_NUM_THREADS=1
    python benchmarks/long_clips.py CHECKPOINT build/data/dev.jsonl

Clips of one speaker, whose age, gender and emotion do not change, are joined to long ones in near
silence: `dense` ones of 24 to 30 s with pauses of 0.3 to 0.6 s, and `sparse` ones of 40 to 50 s,
of 0.8 to 12 s. They are English speech without other sounds, of two corpora that say each
something else: RAVDESS has emotions, the simulated voices ages and more words. `job` is the
recording of `python -m hour_job --minutes 5`. Each is described as the server does it, cut at
windows of several lengths, and judged by what is known of it.

`--voice-only` asks each window no more than whether somebody speaks, which is many times quicker.

CPU seconds are of this process and the engine's together. Prints a Markdown table at the end, or
of what was measured when it is stopped with SIGINT; every window goes to stderr.
"""

import argparse
import asyncio
import itertools
import random
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import psutil
import torch
from numpy.typing import NDArray

from hour_job.recording import spoken, write_recording
from uas_model.checkpoint import Checkpoint
from uas_model.draft import FixedDrafter, NoDrafter, WhisperDrafter
from uas_pipeline.corpora.audio import read_audio
from uas_schema.document import UasDocument
from uas_schema.records import KnownField, Record, read_records
from uas_schema.scoring import ErrorCount, wer
from uas_server.engine.local import LocalEngine
from uas_server.engine.worker import LoadCheckpoint
from uas_server.metrics import Metrics
from uas_server.service.describe import Plan, PlanEvent, describe
from uas_server.service.envelope import UasEnvelope
from uas_server.service.job import Job
from uas_server.service.join import PlanResult
from uas_server.service.model import ServedModel
from uas_server.service.plan import describe_clip, transcribe_clip
from uas_signal import SAMPLE_RATE_HZ

Samples = NDArray[np.float32]
CORPORA = ("ravdess", "kokoro")
VOICE_FIELDS: tuple[KnownField, ...] = ("age", "gender", "emotion")
MAX_TOKENS = 512
UNHEARD = "speech"
"""Draft that stands for every transcript where none is made."""
NOISE = 1e-4
"""Standard deviation of the noise in the pauses, -80 dB of full scale."""


@dataclass(frozen=True)
class Shape:
    """How clips are joined: pauses and the length of the whole, both from to, in seconds."""

    pause_s: tuple[float, float]
    whole_s: tuple[float, float]


SHAPES = {"dense": Shape((0.3, 0.6), (24.0, 30.0)), "sparse": Shape((0.8, 12.0), (40.0, 50.0))}

JOB, JOB_S = "job", 300.0


@dataclass(frozen=True)
class Place:
    """Where the middle of a clip lies, in seconds, and what it says."""

    middle_s: float
    text: str


@dataclass(frozen=True)
class LongClip:
    """`[T] float32` at 16 kHz, what is said where, and what is true of the speaker all along."""

    samples: Samples
    places: tuple[Place, ...]
    truth: dict[KnownField, str | None]
    language: str = "en"

    @property
    def text(self) -> str:
        """All that is said."""
        return " ".join(place.text for place in self.places)


@dataclass
class Row:
    """The long clips of one shape and corpus at one length of window.

    `is_whole` says that whole documents are made, and not only asked whether somebody speaks.
    """

    is_whole: bool
    clips: int = 0
    audio_s: float = 0.0
    windows: int = 0
    spoken: int = 0
    missed: int = 0
    voices: list[float] = field(default_factory=list)
    sounds: int = 0
    words: ErrorCount = field(default_factory=ErrorCount)
    right: dict[KnownField, list[bool]] = field(default_factory=lambda: defaultdict(list))
    tokens: int = 0
    cpu_s: float = 0.0

    def add(
        self, clip: LongClip, envelope: UasEnvelope, voices: Sequence[float | None], cpu_s: float
    ) -> None:
        """Judge one document; `voices` are the probabilities of a voice, by window."""
        self.clips += 1
        self.audio_s += envelope.usage.audio_s
        self.cpu_s += cpu_s
        for segment, voice in zip(envelope.segments, voices, strict=True):
            self.windows += 1
            self.sounds += bool(segment.uas.non_linguistic_events.discrete_events)
            said = sum(segment.start_s <= at.middle_s < segment.end_s for at in clip.places)
            place = f"{segment.start_s:.1f} to {segment.end_s:.1f} s"
            print(f"  {place}: {said} said, P(voice) {voice}", file=sys.stderr)
            if said:
                self.spoken += 1
                self.missed += not segment.uas.has_voice
                self.voices.append(1.0 if voice is None else voice)
        if self.is_whole:
            self._judge_whole(clip, envelope.uas)
        used = envelope.usage
        self.tokens += used.prompt_tokens + used.sampled_tokens + used.forced_tokens

    def _judge_whole(self, clip: LongClip, document: UasDocument) -> None:
        voice = document.paralinguistics
        self.words += wer(clip.text, document.transcription or "", clip.language)
        for name, value in clip.truth.items():
            self.right[name].append(getattr(voice, name) == value)

    def cells(self) -> list[str]:
        """What the table shows, behind shape, corpus and length of window."""
        shares = [self.right[name] for name in VOICE_FIELDS]
        return [
            f"{self.clips}",
            f"{self.windows}",
            f"{self.spoken}: {self.missed}",
            f"{min(self.voices, default=0.0):.2f}, {statistics.median(self.voices or [0.0]):.2f}",
            f"{100 * self.words.rate:.1f}" if self.words.reference_length else "-",
            *(f"{sum(each)} of {len(each)}" if each else "-" for each in shares),
            f"{self.sounds}",
            f"{60 * self.tokens / self.audio_s:.0f}",
            f"{60 * self.cpu_s / self.audio_s:.1f}",
        ]


HEAD = (
    *("shape", "corpus", "window, s", "clips", "windows", "with speech: no voice heard"),
    *("P(voice) there: least, median", "WER, %", "age right", "gender right", "emotion right"),
    *("windows with a sound claimed", "tokens a minute", "CPU s a minute"),
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path, help="a built model")
    parser.add_argument("manifest", type=Path, help="records of development clips")
    parser.add_argument("--windows", type=int, nargs="+", default=[30, 15, 12, 10], help="s")
    parser.add_argument("--clips", type=int, default=12, help="of each shape and corpus")
    parser.add_argument("--shapes", nargs="+", choices=(*SHAPES, JOB), default=[*SHAPES, JOB])
    parser.add_argument("--voice-only", action="store_true", help="no transcripts, no fields")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--example", type=Path, default=Path("examples/hello.flac"))
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    asyncio.run(measure(arguments))


def kinds(shapes: Sequence[str]) -> list[tuple[str, str]]:
    """Every shape with every corpus that it is made of."""
    return [
        (shape, corpus)
        for shape in shapes
        for corpus in (CORPORA if shape in SHAPES else CORPORA[1:])
    ]


async def measure(arguments: argparse.Namespace) -> None:
    """All clips, each at all lengths; the table at the end or when it is stopped."""
    model = opened(arguments.checkpoint, arguments.threads)
    if arguments.voice_only:
        model = replace(model, drafter=FixedDrafter(UNHEARD))
    plan = transcribe_clip if arguments.voice_only else describe_clip
    rows = {
        (shape, corpus, window_s): Row(not arguments.voice_only)
        for shape, corpus in kinds(arguments.shapes)
        for window_s in arguments.windows
    }
    await model.engine.start()
    try:
        for shape, corpus, clip in turns(arguments):
            for window_s in arguments.windows:
                row = rows[shape, corpus, window_s]
                row.add(clip, *await described(model, plan, clip, window_s))
                print(shape, corpus, window_s, *row.cells(), file=sys.stderr, flush=True)
    finally:
        await model.engine.close()
        print(table(rows))


def long_clips(shape: str, corpus: str, arguments: argparse.Namespace) -> Iterator[LongClip]:
    """The long clips of a shape, in a seeded order."""
    if shape == JOB:
        yield job_clip(arguments.example, arguments.seed)
    else:
        yield from joined_clips(arguments.manifest, corpus, SHAPES[shape], arguments.seed)


def turns(arguments: argparse.Namespace) -> Iterator[tuple[str, str, LongClip]]:
    """Clips of all shapes and corpora in turn: a run that is stopped has some of all."""
    sources = [
        (shape, corpus, long_clips(shape, corpus, arguments))
        for shape, corpus in kinds(arguments.shapes)
    ]
    for _ in range(arguments.clips):
        for shape, corpus, clips in sources:
            for clip in itertools.islice(clips, 1):
                yield shape, corpus, clip


def table(rows: Mapping[tuple[str, str, int], Row]) -> str:
    """Markdown, without the rows that nothing was measured for."""
    lines = ["| " + " | ".join(HEAD) + " |", "|---" * len(HEAD) + "|"]
    for (shape, corpus, window_s), row in rows.items():
        if row.clips:
            lines.append("| " + " | ".join([shape, corpus, f"{window_s}", *row.cells()]) + " |")
    return "\n".join(lines)


def opened(folder: Path, threads: int) -> ServedModel:
    """The model as it is served, its engine not started."""
    checkpoint = Checkpoint.open(folder, verify=False)
    draft = checkpoint.draft_path
    return ServedModel(
        checkpoint.info,
        checkpoint.tokenizer,
        LocalEngine(LoadCheckpoint(folder, threads=threads)),
        WhisperDrafter(draft, threads=threads, language="en") if draft else NoDrafter(),
    )


async def described(
    model: ServedModel, plan: Plan, clip: LongClip, window_s: int
) -> tuple[UasEnvelope, list[float | None], float]:
    """The document, the probability of a voice in each window, and the CPU seconds it took."""
    voices: list[float | None] = []

    async def noting(model: ServedModel, job: Job) -> AsyncGenerator[PlanEvent, None]:
        async for event in plan(model, job):
            if isinstance(event, PlanResult):
                voices.append(event.confidence.voice)
            yield event

    served = replace(model, info=replace(model.info, document_window_s=window_s))
    before_s = cpu_s()
    # A salt of its own, so that no run finds what another one has cached.
    job = Job(f"{id(clip)}-{window_s}", clip.samples, MAX_TOKENS, cache_salt=f"{window_s}")
    async for event in describe(served, noting, Metrics(), job):
        if isinstance(event, UasEnvelope):
            return event, voices, cpu_s() - before_s
    raise RuntimeError("the description ended without a document")


def cpu_s() -> float:
    """CPU seconds of this process and those it started."""
    me = psutil.Process()
    times = [process.cpu_times() for process in (me, *me.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))


def job_clip(example: Path, seed: int) -> LongClip:
    """The recording of the benchmark of a long job."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording.wav"
        places = write_recording(path, spoken(example), JOB_S, seed)
        samples = read_audio(path)
    found = (Place((place.start_s + place.end_s) / 2, place.text) for place in places)
    return LongClip(samples, tuple(found), {})


def joined_clips(manifest: Path, corpus: str, shape: Shape, seed: int) -> Iterator[LongClip]:
    """Long clips of a corpus, each of another speaker and kind of voice, in a seeded order."""
    kinds: dict[tuple[str | None, ...], list[Record]] = defaultdict(list)
    for record in read_records(manifest):
        if record.corpus == corpus and record.language == "en":
            kinds[record.speaker, *truth_of(record).values()].append(record)
    rng = random.Random(seed)
    names = sorted(kinds, key=str)
    rng.shuffle(names)
    for name in names:
        records = kinds[name]
        rng.shuffle(records)
        yield joined(records, manifest.parent, shape, rng)


def truth_of(record: Record) -> dict[KnownField, str | None]:
    """The closed fields of its voice whose values are known."""
    voice = record.document.paralinguistics
    return {name: getattr(voice, name) for name in VOICE_FIELDS if record.known[name] == "truth"}


def joined(records: Sequence[Record], folder: Path, shape: Shape, rng: random.Random) -> LongClip:
    """One long clip of these records, from the first on again when there are too few."""
    whole_s = rng.uniform(*shape.whole_s)
    noise = np.random.default_rng(rng.randrange(1 << 32))
    pieces: list[Samples] = []
    places: list[Place] = []
    at = 0
    for record in itertools.cycle(records):
        samples = read_audio(folder / record.audio)
        pause = round(rng.uniform(*shape.pause_s) * SAMPLE_RATE_HZ)
        if at + pause + len(samples) > whole_s * SAMPLE_RATE_HZ:
            break
        pieces += [np.zeros(pause, np.float32), samples]
        middle_s = (at + pause + len(samples) / 2) / SAMPLE_RATE_HZ
        places.append(Place(middle_s, record.document.transcription or ""))
        at += pause + len(samples)
    whole = np.concatenate(pieces)
    whole += np.float32(NOISE) * noise.standard_normal(len(whole), np.float32)
    return LongClip(whole, tuple(places), truth_of(records[0]))


if __name__ == "__main__":
    main()
