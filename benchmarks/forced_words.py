"""Word errors of documents with the draft forced, beside faster-whisper's own on the same clips.

    python benchmarks/forced_words.py build/eval/forced build/data/dev.jsonl CHECKPOINT

The first argument is the folder of an `uas eval run` with its draft forced. The same weights draft
anew, twice: as our drafter asks faster-whisper (greedy, one pass), and as faster-whisper is by
default (five beams, doubtful texts again at higher temperatures). English clips whose words are
known. Intervals are 95 % by bootstrap over speakers, of the difference too.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from uas_model.checkpoint import Checkpoint
from uas_model.draft import WhisperDrafter
from uas_schema.scoring import ErrorCount, cluster_bootstrap_interval, wer
from uas_training.data.examples import load_examples, read_manifests
from uas_training.evaluation.items import read_items
from uas_training.evaluation.pairs import Pair, pair_up

SEED = 1


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="folder of an evaluation run, draft forced")
    parser.add_argument("manifest", type=Path, help="the records that it ran over")
    parser.add_argument("checkpoint", type=Path, help="a built model with its draft model")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    draft_model = Checkpoint.open(arguments.checkpoint).draft_path
    if draft_model is None:
        parser.error(f"{arguments.checkpoint.name} has no draft model")
    pairs = [
        pair
        for pair in pair_up(
            read_manifests([arguments.manifest]), read_items(arguments.run / "items.jsonl")
        )
        if pair.record.language == "en" and pair.record.document.transcription
    ]
    ours = WhisperDrafter(draft_model, threads=arguments.threads)
    contestants = {
        "faster-whisper as we ask it": heard_by(pairs, lambda clip: ours.draft(clip).text),
        "faster-whisper by default": heard_by(pairs, by_default(draft_model, arguments.threads)),
        "documents, draft forced": [
            (pair.document.transcription or "") if pair.document else "" for pair in pairs
        ],
    }
    sys.stdout.write(table(pairs, contestants))


def by_default(model: Path, threads: int) -> Callable[[NDArray[np.float32]], str]:
    """faster-whisper on ``[T] float32`` at 16 kHz, with nothing but the language said."""
    whisper = WhisperModel(str(model), device="cpu", compute_type="int8", cpu_threads=threads)

    def draft(samples: NDArray[np.float32]) -> str:
        return " ".join(part.text.strip() for part in whisper.transcribe(samples, language="en")[0])

    return draft


def heard_by(pairs: Sequence[Pair], draft: Callable[[NDArray[np.float32]], str]) -> list[str]:
    """A draft of every pair's clip."""
    return [draft(example.samples()) for example in load_examples([p.record for p in pairs])]


def table(pairs: Sequence[Pair], contestants: dict[str, list[str]]) -> str:
    """Word error rate of each, and how far the documents are above it."""
    counts = {name: errors(pairs, texts) for name, texts in contestants.items()}
    documents, speakers = list(counts)[-1], [pair.cluster for pair in pairs]
    lines = [
        f"{len(pairs)} English clips, {len(set(speakers))} speakers\n",
        "| | WER, % | documents above it, points |",
        "|---|---|---|",
    ]
    for name, mine in counts.items():
        both = list(zip(counts[documents], mine, strict=True))
        gap = cluster_bootstrap_interval(both, speakers, SEED, statistic=gap_points)
        shown = f"{gap_points(both):.2f} ({gap.low:.2f} to {gap.high:.2f})"
        lines.append(f"| {name} | {percent(mine):.2f} | {shown} |")
    return "\n".join(lines) + "\n"


def errors(pairs: Sequence[Pair], texts: Sequence[str]) -> list[ErrorCount]:
    """Word errors by clip."""
    return [
        wer(pair.record.document.transcription or "", text, "en")
        for pair, text in zip(pairs, texts, strict=True)
    ]


def percent(counts: Sequence[ErrorCount]) -> float:
    """Word error rate of all clips together."""
    return 100 * sum(counts, ErrorCount()).rate


def gap_points(both: Sequence[tuple[ErrorCount, ErrorCount]]) -> float:
    """How far the word error rate of the first is above that of the second."""
    first, second = zip(*both, strict=True)
    return percent(first) - percent(second)


if __name__ == "__main__":
    main()
