"""A configuration becomes a folder: audio, one manifest a split, refusals, attribution.

Scenes are rendered in a few processes, recording by recording, so that the analysis of a voice is
shared. A run that was ended goes on where it stopped; the result does not depend on either.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import groupby
from pathlib import Path

from uas_pipeline.corpora.splits import SPLITS, Split
from uas_pipeline.qa.maker import QaMaker
from uas_pipeline.simulate.attribution import write_attribution
from uas_pipeline.simulate.config import SimulationConfig
from uas_pipeline.simulate.material import Sources, gather
from uas_pipeline.simulate.plan import plan
from uas_pipeline.simulate.progress import Progress
from uas_pipeline.simulate.render import Rendered, Renderer
from uas_pipeline.simulate.scene import Scene
from uas_pipeline.simulate.workers import Workers
from uas_schema.records import write_records

MANIFESTS: Mapping[Split, str] = {"train": "train.jsonl", "development": "dev.jsonl"}
_SMALLEST_BATCH = 16


def simulate(
    config: SimulationConfig, out: Path, sources: Sources, jobs: int, progress: Progress
) -> dict[str, int]:
    """Make the whole corpus in ``out``; returns the number of records and refusals.

    Raises ``PipelineError`` when material cannot be had.
    """
    out.mkdir(parents=True, exist_ok=True)
    workers = Workers(jobs, progress)
    everything: list[Scene] = []
    counts = dict.fromkeys((*SPLITS, "questions", "refused"), 0)
    refusals: list[Rendered] = []
    for split in SPLITS:
        material = gather(split, config.share(split), config.seed, sources, workers)
        scenes = list(plan(config, split, material))
        rendered = list(render_all(scenes, out, workers, f"{split}: clips"))
        records = [done.record for done in rendered if done.record is not None]
        asked = list(QaMaker(records, config.questions).make())
        counts[split] = write_records(out / MANIFESTS[split], asked)
        counts["questions"] += sum(len(record.qa) for record in asked)
        refusals += [done for done in rendered if done.refused is not None]
        everything += scenes
    counts["refused"] = len(refusals)
    lines = "".join(done.model_dump_json(exclude={"record"}) + "\n" for done in refusals)
    (out / "refused.jsonl").write_text(lines, "utf-8")
    write_attribution(out, everything)
    return counts


def render_all(
    scenes: Sequence[Scene], out: Path, workers: Workers, name: str
) -> Iterator[Rendered]:
    """Render scenes into ``out`` in the order given."""
    if workers.jobs <= 1:
        renderer = Renderer(out)
        yield from (renderer.render(scene) for scene in workers.progress.over(scenes, name))
        return
    work = partial(_render_batch, out=out)
    for rendered in workers.each(work, _batches(scenes), f"{name}, in batches"):
        yield from rendered


def _batches(scenes: Sequence[Scene]) -> list[list[Scene]]:
    """Scenes in order, cut only where the recording changes."""
    batches: list[list[Scene]] = []
    for _, group in groupby(scenes, key=_voice_of):
        if not batches or len(batches[-1]) >= _SMALLEST_BATCH:
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
