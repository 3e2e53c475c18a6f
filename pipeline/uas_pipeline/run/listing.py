"""The corpora of a run as chunks of clips, one entry of the store each.

Reads no sound. Ids must differ across the corpora of a run: a repeated one is a bad entry. Memory
does not grow with the corpora; the ids that were seen are in a temporary database.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from pathlib import Path

from uas_pipeline.corpora.lookup import Lookup
from uas_pipeline.corpora.protocol import BadEntry, Corpus, Entry
from uas_pipeline.errors import CorpusError, Rejected
from uas_pipeline.run.config import RunConfig
from uas_pipeline.run.splits import split_of
from uas_pipeline.run.store import Store, digest_of
from uas_pipeline.steps.chunk import LISTED, Chunk
from uas_pipeline.steps.clip import Clip
from uas_pipeline.steps.outcomes import OUTCOMES, Outcome, write_outcomes
from uas_pipeline.validate.violation import Rejection


def list_chunks(config: RunConfig, folder: Path, store: Store) -> Iterator[Chunk]:
    """Chunks of all corpora, in their order; paths are relative to ``folder``.

    Raises ``CorpusError`` for a corpus that cannot be read and, with ``on_bad: stop``, for the
    first bad entry.
    """
    outcomes = list_outcomes(config, folder)
    index = 0
    while part := list(islice(outcomes, config.chunk_clips)):
        yield _chunk(index, part, store)
        index += 1


def _chunk(index: int, part: list[Outcome], store: Store) -> Chunk:
    digest = digest_of([outcome.to_json() for outcome in part])
    if not store.has(LISTED, digest):
        with store.making(LISTED, digest) as folder:
            write_outcomes(folder / OUTCOMES, part)
    return Chunk(index, len(part), 0, ()).then(store, LISTED, digest)


def list_outcomes(config: RunConfig, folder: Path) -> Iterator[Outcome]:
    """Clips of all corpora, and rejections for bad entries; raises as ``list_chunks``."""
    with Lookup() as seen:
        for corpus in config.corpora:
            entries = islice(_first_of_each(corpus.entries(folder), seen), corpus.take)
            for entry in entries:
                if isinstance(entry, Entry):
                    yield _clip(entry, config)
                elif config.on_bad == "stop":
                    raise CorpusError(f"{corpus.name}: {entry.place}: {entry.message}")
                else:
                    yield _rejection(entry, corpus)


def _clip(entry: Entry, config: RunConfig) -> Clip:
    recording = entry.recording
    split = split_of(recording, config.split)
    return Clip(recording=replace(recording, split=split), stamp=_stamp(recording.path))


def _rejection(entry: BadEntry, corpus: Corpus) -> Rejection:
    error = Rejected(entry.reason, f"{entry.place}: {entry.message}")
    return Rejection.of_error(entry.id, corpus.name, corpus.language, "read", error)


@lru_cache(maxsize=16)  # an archive is asked about once for its many clips
def _stamp(path: Path) -> str:
    """Size and time of change of a file: what tells a clip's sound from a newer one."""
    try:
        status = path.stat()
    except OSError:
        return "missing"
    return f"{status.st_size}:{status.st_mtime_ns}"


def _first_of_each(entries: Iterable[Entry | BadEntry], seen: Lookup) -> Iterator[Entry | BadEntry]:
    """The entries; one whose id came before becomes a bad entry that says where."""
    for entry in entries:
        if isinstance(entry, BadEntry) or seen.put(entry.recording.id, entry.place):
            yield entry
        else:
            identity = entry.recording.id
            message = f"id {identity!r} is also at {seen.get(identity)}: give each clip its own"
            yield BadEntry(identity, entry.place, "duplicate_id", message)
