"""A run on a toy corpus with stand-in steps, and what it leaves in its folder."""

from pathlib import Path

from stand_ins import make_steps

from uas_pipeline.executor.local import LocalExecutor
from uas_pipeline.run.config import load_config
from uas_pipeline.run.progress import SilentRun
from uas_pipeline.run.run import Run


def run_of(path: Path, out: Path) -> Run:
    return Run(load_config(path), path.parent, out, make_steps)


def finish(path: Path, out: Path, jobs: int = 1) -> dict[str, bytes]:
    run_of(path, out).run(LocalExecutor(jobs), SilentRun())
    return content(out / "dataset")


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
