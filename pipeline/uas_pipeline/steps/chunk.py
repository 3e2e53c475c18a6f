"""A step on a chunk of clips: read its entry of the store, run the step, make the next entry.

An entry of a chunk holds ``outcomes.jsonl``; that of the read step also the sounds. Its digest is
that of the entry before and of the step, so a step whose configuration changes is done again, and
what is done is not.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from uas_pipeline.corpora.sound import read_sound
from uas_pipeline.errors import CorpusError, Rejected
from uas_pipeline.run.store import Store, digest_of
from uas_pipeline.steps.clip import Clip
from uas_pipeline.steps.outcomes import (
    OUTCOMES,
    Outcome,
    clips_in,
    count_rejections,
    write_outcomes,
)
from uas_pipeline.steps.protocol import Listen, Step
from uas_pipeline.steps.sounds import SOUNDS, append_sound, listen_in
from uas_pipeline.validate.violation import Rejection

LISTED = "list"
_READ_VERSION = 1


@dataclass(frozen=True)
class Chunk:
    """A chunk on its way: its place in the run, and the entry that each step made of it.

    ``clips`` is how many entries of the corpora it holds, ``rejected`` how many of them are out.
    """

    index: int
    clips: int
    rejected: int
    entries: tuple[tuple[str, str], ...]

    @property
    def last(self) -> tuple[str, str]:
        """Kind and digest of the newest entry."""
        return self.entries[-1]

    def then(self, store: Store, kind: str, digest: str) -> "Chunk":
        """The chunk with one entry more, which is made."""
        rejected = count_rejections(store.folder(kind, digest) / OUTCOMES)
        return Chunk(
            self.index, self.clips, self.rejected + rejected, (*self.entries, (kind, digest))
        )

    def entry(self, kind: str) -> str:
        """Digest of the entry that a step made."""
        return dict(self.entries)[kind]


def read_chunk(store: Store, chunk: Chunk, *, stop_on_bad: bool) -> Chunk:
    """Decode every clip's sound to 16 kHz mono FLAC.

    Raises ``CorpusError`` for the first clip that cannot be read, if ``stop_on_bad``.
    """
    digest = digest_of(*chunk.last, _READ_VERSION, stop_on_bad)
    if not store.has("read", digest):
        clips = clips_in(store.folder(*chunk.last) / OUTCOMES)
        with store.making("read", digest) as folder, (folder / SOUNDS).open("wb") as sounds:
            read = partial(_read, sounds, stop_on_bad=stop_on_bad)
            write_outcomes(folder / OUTCOMES, map(read, clips))
    return chunk.then(store, "read", digest)


def run_on_chunk(store: Store, step: Step, chunk: Chunk) -> Chunk:
    """Run a step on every clip that the steps before have kept."""
    digest = digest_of(*chunk.last, step.name, dict(step.identity()))
    if not store.has(step.name, digest):
        clips = clips_in(store.folder(*chunk.last) / OUTCOMES)
        listen = partial(listen_in, store.folder("read", chunk.entry("read")) / SOUNDS)
        with store.making(step.name, digest) as folder:
            write_outcomes(folder / OUTCOMES, _each(step, listen, clips))
    return chunk.then(store, step.name, digest)


def outcome_of(step: Step, listen: Listen, clip: Clip) -> Outcome:
    """Run a step on one clip; a refusal becomes a line with its reason."""
    try:
        return step.run(clip, listen)
    except Rejected as error:
        recording = clip.recording
        return Rejection.of_error(
            recording.id, recording.corpus, recording.language, step.name, error
        )


def _each(step: Step, listen: Listen, clips: Iterable[Clip]) -> Iterator[Outcome]:
    """Outcomes in the order of the clips, several at a time if the step can wait in threads."""
    run = partial(outcome_of, step, listen)
    if step.threads == 1:
        yield from map(run, clips)
        return
    with ThreadPoolExecutor(step.threads) as pool:
        yield from pool.map(run, clips)


def _read(sounds: BinaryIO, clip: Clip, *, stop_on_bad: bool) -> Outcome:
    recording = clip.recording
    try:
        samples = read_sound(recording)
    except Rejected as error:
        if stop_on_bad:
            raise CorpusError(f"{recording.corpus}: {recording.id}: {error.message}") from error
        return Rejection.of_error(recording.id, recording.corpus, recording.language, "read", error)
    return clip.model_copy(update={"sound": append_sound(sounds, samples)})
