"""Finished blocks become the dataset: files linked, lines joined, described, and named at the end.

The dataset's folder is there and whole, or not there: it is built aside and renamed. Nothing in it
tells when or on which machine it was made.
"""

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from uas_pipeline.outputs.assemble import COUNTS, REPORT, SHARD, Block
from uas_pipeline.outputs.card import write_card
from uas_pipeline.outputs.counts import Counts
from uas_pipeline.outputs.croissant import write_croissant
from uas_pipeline.run.config import RunConfig
from uas_pipeline.run.store import Store, sync_folder, sync_tree
from uas_pipeline.validate.report import Report

DATASET = "dataset"
_ASIDE, _BEFORE = "dataset.unfinished", "dataset.before"


def publish(
    store: Store, config: RunConfig, blocks: Iterable[Block], out: Path, made_by: str
) -> Counts:
    """Make ``out/dataset`` of the blocks, in their order; return what is in it."""
    aside = out / _ASIDE
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    counts, report = Counts(), Report()
    for block in blocks:
        folder = store.folder(SHARD, block.digest)
        _take_files(folder, aside)
        counts = counts.plus(Counts.model_validate_json((folder / COUNTS).read_bytes()))
        report.add(json.loads((folder / REPORT).read_bytes()))
    report.write(aside)
    (aside / COUNTS).write_text(counts.model_dump_json(indent=2) + "\n", "utf-8")
    write_card(aside, config, counts, made_by)
    write_croissant(aside, config, counts)
    sync_tree(aside)
    _name(aside, out)
    return counts


def _take_files(source: Path, target: Path) -> None:
    """Link an entry's files into the dataset; lines are appended to the file of that name."""
    for parent, _, names in os.walk(source):
        folder = target / Path(parent).relative_to(source)
        folder.mkdir(exist_ok=True)
        for name in sorted(names):
            path = Path(parent) / name
            if name in (COUNTS, REPORT):
                continue
            if path.suffix == ".jsonl":
                _append(path, folder / name)
            else:
                _link(path, folder / name)


def _append(source: Path, target: Path) -> None:
    with source.open("rb") as lines, target.open("ab") as file:
        shutil.copyfileobj(lines, file)


def _link(source: Path, target: Path) -> None:
    """A second name for a file; a copy where the file system has no links."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


def _name(aside: Path, out: Path) -> None:
    """Give the finished folder its name; the dataset of an earlier run goes."""
    dataset, before = out / DATASET, out / _BEFORE
    shutil.rmtree(before, ignore_errors=True)
    if dataset.exists():
        dataset.rename(before)
    aside.rename(dataset)
    sync_folder(out)
    shutil.rmtree(before, ignore_errors=True)
