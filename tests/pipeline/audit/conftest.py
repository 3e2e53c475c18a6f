"""A corpus of tones to audit, the page on which it is judged, and the command."""

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest
from audited import HOSTILE, silent, voiced, write_corpus

from uas_pipeline.command import command

RunPipeline = Callable[..., int]


@pytest.fixture(scope="session")
def run_pipeline() -> RunPipeline:
    def run(*words: object) -> int:
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        return command.run(parser.parse_args([str(word) for word in words]))

    return run


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory, run_pipeline: RunPipeline) -> Path:
    """Folder with ``audit.html`` and ``sample.json`` of three clips, one of them hostile."""
    folder = tmp_path_factory.mktemp("audit")
    records = [
        voiced("first", labels=["dog bark"]),
        voiced(HOSTILE, text=HOSTILE, emotion=None, labels=[HOSTILE, "bell"], language=HOSTILE),
        silent("last", labels=["rain"]),
    ]
    run_pipeline("audit", "sample", write_corpus(folder, records), "--out", folder)
    return folder
