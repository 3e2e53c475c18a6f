"""Records and their audio files: ``<split>.jsonl`` and ``audio/``, what `uas train` reads."""

from pathlib import Path

from uas_pipeline.outputs.shard import Shard


def write_records(folder: Path, shard: Shard) -> None:
    """Write the shard's part of ``<split>.jsonl``."""
    with (folder / f"{shard.split}.jsonl").open("w", encoding="utf-8") as file:
        for item in shard.items:
            file.write(item.record.to_json() + "\n")


def write_audio(folder: Path, shard: Shard) -> None:
    """Write one FLAC file for each record."""
    for item in shard.items:
        path = folder / item.record.audio
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(item.flac())
