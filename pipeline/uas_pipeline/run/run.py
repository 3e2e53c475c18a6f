"""A run: list the corpora, send the chunks through the steps, assemble shards, publish.

What is done is in ``out/work`` by digest, so a run that was ended, in whatever way, goes on where
it stopped. Nothing of how it was run (processes, Ray, restarts) changes a byte of ``out/dataset``.
"""

import fcntl
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from uas_pipeline.errors import PipelineError
from uas_pipeline.executor.protocol import Executor, Resources, Stage
from uas_pipeline.outputs.assemble import Assembly, Block
from uas_pipeline.outputs.counts import Counts
from uas_pipeline.outputs.publish import publish
from uas_pipeline.run.config import RunConfig
from uas_pipeline.run.listing import list_chunks
from uas_pipeline.run.progress import RunProgress
from uas_pipeline.run.store import Store
from uas_pipeline.steps.chunk import Chunk, read_chunk, run_on_chunk
from uas_pipeline.steps.protocol import Step
from uas_schema import __version__

MADE_BY = f"uas-audio {__version__}"
WORK, _LOCK = "work", "lock"

MakeSteps = Callable[[RunConfig], Sequence[Step]]
"""Makes the steps after reading, in their order. It is called in every process."""


@dataclass(frozen=True)
class Run:
    """A configuration, what its paths are relative to, where it goes, and what makes its steps."""

    config: RunConfig
    folder: Path
    out: Path
    make_steps: MakeSteps

    def run(self, executor: Executor, progress: RunProgress) -> Counts:
        """Make ``out/dataset``; what is already done is not done again.

        Raises ``PipelineError`` when material cannot be had, an endpoint is down, or another run
        is at work in ``out``; ``OSError`` when the disk is full.
        """
        self.out.mkdir(parents=True, exist_ok=True)
        with _alone(self.out):
            store = self.store
            store.clear_unfinished()
            chunks = executor.map(self._stages(), list_chunks(self.config, self.folder, store))
            blocks = _blocks(_watched(chunks, progress), self.chunks_per_block)
            done = executor.map([self._assembly()], blocks)
            counts = publish(store, self.config, done, self.out, MADE_BY)
            # What a killed run's processes began after the first look, before they noticed.
            store.clear_unfinished()
            return counts

    @property
    def store(self) -> Store:
        """Where finished work is."""
        return Store(self.out / WORK)

    @property
    def chunks_per_block(self) -> int:
        """Chunks of a shard."""
        return max(1, self.config.shard_clips // self.config.chunk_clips)

    def _stages(self) -> list[Stage[Chunk]]:
        """Reading, and one stage for each step."""
        names = [step.name for step in self.make_steps(self.config)]
        steps = [
            Stage(name, partial(_step, self, index), self._resources(name))
            for index, name in enumerate(names)
        ]
        return [Stage("read", partial(_read, self), self.config.execution.read), *steps]

    def _assembly(self) -> Stage[Block]:
        identities = {str(step.name): step.identity() for step in self.make_steps(self.config)}
        assembly = Assembly(self.config, MADE_BY, identities)
        make = partial(_assemble, self, assembly)
        return Stage("write", make, self.config.execution.write)

    def _resources(self, name: str) -> Resources:
        execution = self.config.execution
        return {"caption": execution.caption, "synthesize": execution.synthesize}.get(
            name, execution.checks
        )


def _read(run: Run) -> Callable[[Chunk], Chunk]:
    return partial(read_chunk, run.store, stop_on_bad=run.config.on_bad == "stop")


def _step(run: Run, index: int) -> Callable[[Chunk], Chunk]:
    return partial(run_on_chunk, run.store, run.make_steps(run.config)[index])


def _assemble(run: Run, assembly: Assembly) -> Callable[[Block], Block]:
    return partial(assembly.assemble, run.store)


def _blocks(chunks: Iterable[Chunk], size: int) -> Iterator[Block]:
    source = iter(chunks)
    index = 0
    while part := tuple(islice(source, size)):
        yield Block(index, part)
        index += 1


def _watched(chunks: Iterable[Chunk], progress: RunProgress) -> Iterator[Chunk]:
    for chunk in chunks:
        progress.advance(chunk.clips, chunk.rejected)
        yield chunk


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Hold the folder: the lock goes with the process, however that ends."""
    with (out / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PipelineError(f"another run is at work in {out}: wait for it, or take another "
                                "--out") from None  # fmt: skip
        yield
