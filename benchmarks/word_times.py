"""How right are the times of words? Single recorded words are put together at known places.

    dpkg -x asterisk-core-sounds-en_*.deb prompts
    dpkg -x asterisk-core-sounds-en-g722_*.deb prompts
    python benchmarks/word_times.py CHECKPOINT prompts

Each word is one recording of one speaker (Asterisk's English prompts, CC BY-SA 3.0). It is cut to
where its level is within 35 dB of its loudest 10 ms, so its truth is right to some hundredths of a
second: a soft ending may lie outside. Clips are seven words with the same gap, without noise and
in white noise. Prompts are said as if they stood alone, which is harder to hear and easier to part
than a sentence. Words that the draft does not have are no error here.
"""

import argparse
import gzip
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from uas_model.checkpoint import Checkpoint
from uas_model.draft import Drafter, DraftWord, WhisperDrafter
from uas_schema.normalise import normalise_text
from uas_schema.scoring import wilson_interval
from uas_signal import SAMPLE_RATE_HZ
from uas_signal.activity import frame_levels

SEED = 20260412
WORDS_A_CLIP = 7
LEAST_LETTERS = 4
GAPS_S = (0.05, 0.15, 0.4)
NOISE_BELOW_DB = (None, 20.0, 10.0)
SPOKEN_WITHIN_DB = 35.0
FRAME_S = 0.01
AROUND_S = 0.5
NEAR_S = 0.1

Signal = NDArray[np.float32]


@dataclass(frozen=True)
class Spoken:
    """A word and its samples, cut to the word."""

    text: str
    samples: Signal


@dataclass(frozen=True)
class Placed:
    """A word in a clip, in seconds."""

    text: str
    start_s: float
    end_s: float


@dataclass
class Row:
    """Errors in seconds of the words that the draft has."""

    words: int = 0
    starts_s: list[float] = field(default_factory=list)
    ends_s: list[float] = field(default_factory=list)

    def add(self, truth: Sequence[Placed], drafted: Sequence[DraftWord]) -> None:
        """Compare the words that both have, in order."""
        self.words += len(truth)
        true, heard = ([normalise_text(word.text) for word in words] for words in (truth, drafted))
        for first, other, length in SequenceMatcher(
            None, true, heard, autojunk=False
        ).get_matching_blocks():
            for offset in range(length):
                self.starts_s.append(
                    drafted[other + offset].start_s - truth[first + offset].start_s
                )
                self.ends_s.append(drafted[other + offset].end_s - truth[first + offset].end_s)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path, help="folder of a built model with a draft model")
    parser.add_argument("prompts", type=Path, help="folder with the unpacked packages")
    parser.add_argument("--clips", type=int, default=40, help="of each condition")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    draft = Checkpoint.open(arguments.checkpoint, verify=False).draft_path
    if draft is None:
        raise SystemExit(f"{arguments.checkpoint} has no draft model, so its words have no times.")
    drafter = WhisperDrafter(draft, threads=arguments.threads)
    words = list(spoken_words(arguments.prompts))
    if len(words) < WORDS_A_CLIP:
        raise SystemExit(
            f"{arguments.prompts} has {len(words)} single words; unpack both packages."
        )
    print(f"{len(words)} words, {arguments.clips} clips of {WORDS_A_CLIP} in each condition\n")
    print(
        f"| gap | noise | words drafted | start within {NEAR_S:g} s | its median error, s", end=""
    )
    print(f" | end within {NEAR_S:g} s | its median error, s |\n|---|---|---|---|---|---|---|")
    for gap_s in GAPS_S:
        for below_db in NOISE_BELOW_DB:
            row = measured(drafter, words, arguments.clips, gap_s, below_db)
            noise = "none" if below_db is None else f"{below_db:g} dB below"
            heard = f"{len(row.starts_s)} of {row.words}"
            cells = (f"{gap_s:g} s", noise, heard, *said(row.starts_s), *said(row.ends_s))
            print("| " + " | ".join(cells) + " |", flush=True)


def spoken_words(prompts: Path) -> Iterator[Spoken]:
    """Every prompt that is a single word, but for numbers, which a draft writes in digits."""
    (listing,) = prompts.rglob("core-sounds-en.txt.gz")
    lines = gzip.decompress(listing.read_bytes()).decode("utf-8", errors="replace").splitlines()
    (root,) = (path for path in prompts.rglob("en_*") if path.is_dir())
    for line in lines:
        found = re.fullmatch(r"([\w/-]+): *([A-Za-z]+)\.? *", line)
        if found is None or re.match(r"digits/(h-)?\d", found[1]) or len(found[2]) < LEAST_LETTERS:
            continue
        path = (root / found[1]).with_suffix(".g722")
        if path.is_file() and normalise_text(found[2]).isalpha():
            yield Spoken(found[2], cut_to_word(read_g722(path)))


def read_g722(path: Path) -> Signal:
    """Samples at 16 kHz, which is what G.722 holds."""
    with av.open(str(path), format="g722") as container:
        blocks = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
    return np.asarray(np.concatenate(blocks) / 32768, np.float32)


def cut_to_word(samples: Signal) -> Signal:
    """From the first to the last frame that is loud enough to be of the word."""
    levels = frame_levels(samples)
    (spoken,) = np.nonzero(levels > levels.max() - SPOKEN_WITHIN_DB)
    step = round(FRAME_S * SAMPLE_RATE_HZ)
    return samples[spoken[0] * step : (spoken[-1] + 1) * step]


def measured(
    drafter: Drafter, words: Sequence[Spoken], clips: int, gap_s: float, below_db: float | None
) -> Row:
    """One condition; each has the same words in the same order."""
    chance, row = random.Random(SEED), Row()
    noise = np.random.default_rng(SEED)
    for _ in range(clips):
        samples, truth = laid(chance.sample(words, WORDS_A_CLIP), gap_s)
        if below_db is not None:
            level = float(np.sqrt(np.square(samples[samples != 0]).mean()))
            scale = level * 10 ** (-below_db / 20)
            samples = np.asarray(samples + noise.normal(0, scale, len(samples)), np.float32)
        row.add(truth, drafter.draft(samples, words=True).words or ())
    return row


def laid(words: Sequence[Spoken], gap_s: float) -> tuple[Signal, list[Placed]]:
    """One clip: the words one after the other, silence around them."""
    around, gap = (
        np.zeros(round(length_s * SAMPLE_RATE_HZ), np.float32) for length_s in (AROUND_S, gap_s)
    )
    parts, truth, at = [around], [], len(around)
    for word in words:
        end = at + len(word.samples)
        truth.append(Placed(word.text, at / SAMPLE_RATE_HZ, end / SAMPLE_RATE_HZ))
        parts += [word.samples, gap]
        at = end + len(gap)
    return np.concatenate([*parts, around]), truth


def said(errors_s: Sequence[float]) -> tuple[str, str]:
    """Share near the truth with its 95 % interval, and the median of the errors, with its sign."""
    if not errors_s:
        return "-", "-"
    near = sum(abs(error_s) <= NEAR_S for error_s in errors_s)
    interval = wilson_interval(near, len(errors_s))
    share = f"{near / len(errors_s):.2f} ({interval.low:.2f}-{interval.high:.2f})"
    return share, f"{float(np.median(errors_s)):+.3f}"


if __name__ == "__main__":
    main()
