"""WebDataset shards: tar files of ``<key>.flac`` and ``<key>.json``, the same bytes every time."""

import io
import json
import tarfile
from pathlib import Path

from uas_pipeline.outputs.shard import Finished, Shard, file_name


def write_webdataset(folder: Path, shard: Shard) -> None:
    """Write ``webdataset/<split>-<index>.tar``."""
    target = folder / "webdataset"
    target.mkdir(exist_ok=True)
    with tarfile.open(target / f"{shard.name}.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
        for item in shard.items:
            key = file_name(item.record.id)
            _add(tar, f"{key}.flac", item.flac())
            _add(tar, f"{key}.json", _json(item, f"{key}.flac"))


def _json(item: Finished, audio: str) -> bytes:
    record = item.record.replace(audio=audio).model_dump(mode="json", by_alias=True)
    both = {"record": record, "provenance": item.provenance.model_dump(mode="json")}
    return json.dumps(both, ensure_ascii=False).encode()


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    """Add a file whose header says nothing of this machine or moment."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o644
    tar.addfile(entry, io.BytesIO(data))
