"""A configuration becomes a folder: audio, one manifest a split, refusals, attribution.

Scenes are rendered in a few processes, recording by recording, so that the analysis of a voice is
shared. A run that was ended goes on where it stopped.
"""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import groupby
from pathlib import Path

from uas_pipeline.simulate.progress import Progress
from uas_pipeline.simulate.render import Rendered, Renderer
from uas_pipeline.simulate.scene import Scene

_SMALLEST_BATCH = 16


def render_all(
    scenes: Sequence[Scene], out: Path, jobs: int, progress: Progress, name: str
) -> Iterator[Rendered]:
    """Render scenes into ``out`` in ``jobs`` processes, in the order given."""
    if jobs <= 1:
        renderer = Renderer(out)
        yield from (renderer.render(scene) for scene in progress.over(scenes, name))
        return
    batches = _batches(scenes)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        done = pool.map(_render_batch, batches, [out] * len(batches))
        for _, rendered in zip(progress.over(batches, name), done, strict=True):
            yield from rendered


def _batches(scenes: Sequence[Scene]) -> list[list[Scene]]:
    """Scenes in order, cut only where the recording changes."""
    batches: list[list[Scene]] = [[]]
    for _, group in groupby(scenes, key=_voice_of):
        if len(batches[-1]) >= _SMALLEST_BATCH:
            batches.append([])
        batches[-1].extend(group)
    return batches


def _voice_of(scene: Scene) -> str:
    return scene.speech.recording.id if scene.speech else scene.id


def _render_batch(scenes: list[Scene], out: Path) -> list[Rendered]:
    renderer = _renderer(out)
    return [renderer.render(scene) for scene in scenes]


@cache
def _renderer(out: Path) -> Renderer:
    """One renderer a process: it keeps the last voices that it took apart."""
    return Renderer(out)
