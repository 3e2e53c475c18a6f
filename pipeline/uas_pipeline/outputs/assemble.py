"""Some chunks of validated clips become one entry: questions, records, shards, rejections.

Questions are balanced over the clips of a split in the same entry, so the whole corpus is never in
memory; sounds are read one at a time.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from uas_pipeline.outputs.chat import write_chat
from uas_pipeline.outputs.counts import Counts
from uas_pipeline.outputs.records import write_audio, write_records
from uas_pipeline.outputs.shard import Finished, Provenance, Shard, audio_path, source_name
from uas_pipeline.outputs.webdataset import write_webdataset
from uas_pipeline.qa.maker import QaMaker
from uas_pipeline.run.config import Output, RunConfig
from uas_pipeline.run.splits import SplitName
from uas_pipeline.run.store import Store, digest_of
from uas_pipeline.steps.chunk import Chunk
from uas_pipeline.steps.clip import Clip
from uas_pipeline.steps.outcomes import OUTCOMES, clips_in, rejections_in
from uas_pipeline.steps.sounds import SOUNDS, sound_bytes
from uas_pipeline.validate.report import Report
from uas_pipeline.validate.violation import Rejection
from uas_schema.records import Record
from uas_signal import SAMPLE_RATE_HZ

SHARD, PROVENANCE, REJECTED = "shard", "provenance.jsonl", "rejects"
COUNTS, REPORT = "counts.json", "report.json"
_VERSION = 1

Identities = Mapping[str, Mapping[str, object]]
Writer = Callable[[Path, Shard], None]


@dataclass(frozen=True)
class Block:
    """Chunks that go into one shard; ``digest`` is that of the entry, once it is made."""

    index: int
    chunks: tuple[Chunk, ...]
    digest: str = ""


@dataclass(frozen=True)
class Assembly:
    """How blocks are made: the run's configuration and the identities of its steps."""

    config: RunConfig
    made_by: str
    steps: Identities

    def assemble(self, store: Store, block: Block) -> Block:
        """Make the block's entry."""
        digest = digest_of(
            [chunk.last for chunk in block.chunks],
            block.index,
            self.config.digest,
            self.made_by,
            self.steps,
            _VERSION,
        )
        if not store.has(SHARD, digest):
            with store.making(SHARD, digest) as folder:
                self._write(store, block, folder)
        return replace(block, digest=digest)

    def _write(self, store: Store, block: Block, folder: Path) -> None:
        rejections = _write_rejections(store, block, folder)
        splits: dict[SplitName, list[tuple[Chunk, Clip]]] = {}
        for chunk in block.chunks:
            for clip in clips_in(store.folder(*chunk.last) / OUTCOMES):
                splits.setdefault(clip.recording.split, []).append((chunk, clip))
        finished: list[Finished] = []
        for split in sorted(splits):
            shard = Shard(split, block.index, self._finish(store, block, splits[split]))
            for writer in _writers(self.config.outputs):
                writer(folder, shard)
            finished += shard.items
        with (folder / PROVENANCE).open("w", encoding="utf-8") as file:
            file.writelines(item.provenance.model_dump_json() + "\n" for item in finished)
        _write_counts(folder, [item.record for item in finished], rejections)

    def _finish(
        self, store: Store, block: Block, clips: list[tuple[Chunk, Clip]]
    ) -> list[Finished]:
        questions = self.config.questions
        questions = questions.replace(seed=questions.seed + block.index)
        records = [_record(clip, block.index) for _, clip in clips]
        asked = QaMaker(records, questions).make()
        return [
            Finished(record, self._provenance(clip), partial(_flac, store, chunk, clip))
            for record, (chunk, clip) in zip(asked, clips, strict=True)
        ]

    def _provenance(self, clip: Clip) -> Provenance:
        return Provenance(
            id=clip.recording.id,
            corpus=clip.recording.corpus,
            licence=clip.recording.licence,
            source=source_name(clip),
            audio_sha256=clip.sound.sha256 if clip.sound else "",
            made_by=self.made_by,
            configuration=self.config.digest,
            steps=self.steps,
        )


def _record(clip: Clip, index: int) -> Record:
    """The clip's record with the audio as it will be in the dataset."""
    if clip.record is None or clip.sound is None:
        raise ValueError(f"{clip.recording.id} has no record: run all steps first")
    path = audio_path(clip.recording.split, index, clip.recording.id)
    return clip.record.replace(
        audio=path.as_posix(), sample_rate_hz=SAMPLE_RATE_HZ, duration_s=clip.sound.duration_s
    )


def _flac(store: Store, chunk: Chunk, clip: Clip) -> bytes:
    if clip.sound is None:
        raise ValueError(f"{clip.recording.id} has no sound: run the read step first")
    return sound_bytes(store.folder("read", chunk.entry("read")) / SOUNDS, clip.sound)


def _write_rejections(store: Store, block: Block, folder: Path) -> list[Rejection]:
    """All rejections of the block's chunks: a file for each step, in the order of the clips."""
    (folder / REJECTED).mkdir()
    found = []
    for chunk in block.chunks:
        for kind, digest in chunk.entries:
            for rejection in rejections_in(store.folder(kind, digest) / OUTCOMES):
                found.append(rejection)
                plain = _without_path(rejection)
                with (folder / REJECTED / f"{rejection.step}.jsonl").open(
                    "a", encoding="utf-8"
                ) as file:
                    file.write(plain.to_json() + "\n")
    return found


def _write_counts(folder: Path, records: Sequence[Record], rejections: Sequence[Rejection]) -> None:
    """What the block adds to the dataset's counts and to the report."""
    report = Report()
    for record in records:
        report.keep(record)
    for rejection in rejections:
        report.reject(rejection)
    (folder / COUNTS).write_text(Counts.of(records, rejections).model_dump_json(), "utf-8")
    (folder / REPORT).write_text(json.dumps(report.to_dict()), "utf-8")


def _without_path(rejection: Rejection) -> Rejection:
    """The rejection with the audio's name only: a dataset tells nothing of a machine."""
    record = rejection.record
    if record is None:
        return rejection
    return rejection.replace(record=record.replace(audio=Path(record.audio).name))


def _writers(outputs: tuple[Output, ...]) -> Iterator[Writer]:
    if "records" in outputs or "chat" in outputs:
        yield write_audio
    if "records" in outputs:
        yield write_records
    if "chat" in outputs:
        yield write_chat
    if "parquet" in outputs:
        from uas_pipeline.outputs.parquet import write_parquet

        yield write_parquet
    if "webdataset" in outputs:
        yield write_webdataset
