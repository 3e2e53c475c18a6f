"""Lhotse manifests: cuts, or recordings and supervisions, as JSONL (``.jsonl``, ``.jsonl.gz``).

One clip a supervision. Only audio that is a file is read: a source that is a command or an address,
and cuts that are mixed or transformed, are bad entries. Save those with ``cuts.save_audios`` first.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import model_validator

from uas_pipeline.corpora.lines import Line, read_lines
from uas_pipeline.corpora.lookup import Lookup
from uas_pipeline.corpora.protocol import BadEntry, CorpusConfig, Entry
from uas_pipeline.corpora.speech import UNKNOWN_EMOTION, Cut, Recording, Voice
from uas_pipeline.errors import Rejected


class LhotseCorpus(CorpusConfig):
    """``cuts``, or ``recordings`` and ``supervisions``. Paths in them are relative to the
    configuration's folder. A supervision's custom ``age``, ``accent`` and ``emotion`` are taken."""

    format: Literal["lhotse"]
    cuts: Path | None = None
    recordings: Path | None = None
    supervisions: Path | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        both = self.recordings is not None and self.supervisions is not None
        if (self.cuts is None) != both:
            raise ValueError("give cuts, or recordings and supervisions")
        return self

    def entries(self, folder: Path) -> Iterator[Entry | BadEntry]:
        """One entry a supervision. Raises ``CorpusError`` when a manifest is missing."""
        if self.cuts is not None:
            yield from self._of_cuts(folder, folder / self.cuts)
        elif self.recordings is not None and self.supervisions is not None:
            with Lookup() as recordings:
                for item, line in _items(folder / self.recordings):
                    if isinstance(item, BadEntry):
                        yield item
                    elif not recordings.put(item.id, line.text):
                        message = f"recording {item.id!r} occurs twice: keep one"
                        yield BadEntry(item.id, line.place, "duplicate_id", message)
                yield from self._of_supervisions(folder, folder / self.supervisions, recordings)

    def _of_cuts(self, folder: Path, path: Path) -> Iterator[Entry | BadEntry]:
        for cut, line in _items(path):
            if isinstance(cut, BadEntry):
                yield cut
            elif not hasattr(cut, "supervisions") or not getattr(cut, "has_recording", False):
                message = f"a {type(cut).__name__} without one recording: save the audio first"
                yield BadEntry(str(cut.id), line.place, "bad_entry", message)
            else:
                for supervision in cut.supervisions:
                    yield self._entry(folder, supervision, cut.recording, cut.start, line.place)

    def _of_supervisions(
        self, folder: Path, path: Path, recordings: Lookup
    ) -> Iterator[Entry | BadEntry]:
        for supervision, line in _items(path):
            if isinstance(supervision, BadEntry):
                yield supervision
                continue
            found = recordings.get(supervision.recording_id)
            if found is None:
                message = f"recording {supervision.recording_id!r} is not in the recordings"
                yield BadEntry(supervision.id, line.place, "missing_audio", message)
                continue
            yield self._entry(folder, supervision, _item(found), 0.0, line.place)

    def _entry(
        self, folder: Path, supervision: Any, recording: Any, offset_s: float, place: str
    ) -> Entry | BadEntry:
        if supervision.text is None:
            return BadEntry(supervision.id, place, "no_text", "the supervision has no text")
        try:
            path = folder / _file_of(recording)
            cut = _cut_of(supervision, recording, offset_s)
        except Rejected as error:
            return BadEntry(supervision.id, place, error.reason, error.message)
        custom = supervision.custom or {}
        emotion = custom.get("emotion")
        found = Recording(
            id=supervision.id,
            corpus=self.name,
            path=path,
            licence=self.licence,
            language=supervision.language or self.language,
            text=supervision.text,
            voice=Voice(
                supervision.speaker, supervision.gender, _text(custom, "age"),
                _text(custom, "accent"),
            ),
            emotion=UNKNOWN_EMOTION if emotion is None else str(emotion),
            emotion_known="none" if emotion is None else "truth",
            cut=cut,
        )  # fmt: skip
        return Entry(found, place)


def _items(path: Path) -> Iterator[tuple[Any, Line]]:
    """Lhotse's objects with their lines; a line that is none is a ``BadEntry``."""
    for line in read_lines(path):
        if isinstance(line, BadEntry):
            yield line, Line("", line.place)
            continue
        try:
            yield _item(line.text), line
        except (TypeError, ValueError, KeyError, AssertionError) as error:
            message = f"not a Lhotse manifest line: {error}"
            yield BadEntry(line.place, line.place, "bad_entry", message), line


def _item(text: str) -> Any:
    from lhotse.serialization import deserialize_item

    found = json.loads(text)
    if not isinstance(found, dict):
        raise TypeError("no JSON object")
    return deserialize_item(found)


def _file_of(recording: Any) -> str:
    """Path of a recording's one file. Raises ``Rejected`` when its audio is something else."""
    if len(recording.sources) != 1 or recording.sources[0].type != "file":
        kinds = ", ".join(source.type for source in recording.sources)
        raise Rejected("command", f"its audio is {kinds}; only one file is read: save it first")
    if recording.transforms:
        raise Rejected("transformed", "its audio is to be transformed: save it first")
    return str(recording.sources[0].source)


def _cut_of(supervision: Any, recording: Any, offset_s: float) -> Cut | None:
    """Part of the recording, or None where the supervision covers all of it."""
    channels = supervision.channel
    channel = channels if isinstance(channels, int) else None
    if recording.num_channels == 1:
        channel = None
    start_s = offset_s + supervision.start
    end_s = min(start_s + supervision.duration, recording.duration)
    if start_s <= 0 and end_s >= recording.duration and channel is None:
        return None
    return Cut(start_s, end_s, channel)


def _text(custom: dict[str, Any], name: str) -> str | None:
    value = custom.get(name)
    return None if value is None else str(value)
