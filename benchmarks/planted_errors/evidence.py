"""What the default describer measures of the gold's clips, written beside the gold.

    python -m planted_errors.evidence train.jsonl dev.jsonl --out build/planted [--clips 2000]

Writes ``open.jsonl`` and ``held-out.jsonl``: the records with their evidence, as the pipeline's own
steps would leave them. Records that are there already are not described again.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from planted_errors.gold import Half, JsonObject, half_of, in_turn, read_gold
from planted_errors.planting import to_line
from uas_pipeline.caption.acoustic import AcousticCaptioner
from uas_pipeline.corpora.audio import read_audio
from uas_pipeline.corpora.speech import Recording, Voice
from uas_pipeline.synthesize.claims import CORPUS_TEXT

HALVES: tuple[Half, ...] = get_args(Half)


def main() -> None:
    """Describe what is not described yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("manifests", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--clips", type=int, help="how many, half of them real; all without it")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    folders = {
        record["id"]: path.parent for path in arguments.manifests for record in read_gold(path)
    }
    records = in_turn(record for path in arguments.manifests for record in read_gold(path))
    describe(records[: arguments.clips], folders, arguments.out)


def describe(records: Sequence[JsonObject], folders: dict[str, Path], out: Path) -> None:
    """Append the records with their evidence to the file of their half."""
    files = {half: out / f"{half}.jsonl" for half in HALVES}
    done = {record["id"] for file in files.values() if file.exists() for record in read_gold(file)}
    captioner = AcousticCaptioner()
    for record in records:
        if record["id"] in done:
            continue
        evidence = _evidence(record, folders[record["id"]], captioner)
        with files[half_of(record["id"])].open("a", encoding="utf-8") as lines:
            lines.write(to_line({**record, "qa": [], "evidence": evidence}) + "\n")


def _evidence(record: JsonObject, folder: Path, captioner: AcousticCaptioner) -> JsonObject:
    text = record["document"]["transcription"] or ""
    recording = Recording(
        id=record["id"],
        corpus=record["corpus"],
        path=folder / record["audio"],
        licence=record["licence"],
        language=record["language"],
        text=text,
        voice=Voice(record["speaker"], None, None, None),
    )
    caption = captioner.caption(recording, read_audio(recording.path))
    return {**caption.evidence(), CORPUS_TEXT: text}


if __name__ == "__main__":
    main()
