"""What `uas eval judge` does: read a run, ask the judge, and write the figures."""

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from uas_training.config import ConfigError
from uas_training.data.examples import read_manifests
from uas_training.evaluation.bench.progress import Progress
from uas_training.evaluation.items import read_items
from uas_training.evaluation.judge.figures import different, figures
from uas_training.evaluation.judge.questions import questions_of
from uas_training.evaluation.judge.report import markdown
from uas_training.evaluation.judge.verdicts import ChatJudge, judge_all
from uas_training.evaluation.pairs import Pair, pair_up
from uas_training.evaluation.program import ITEMS, PAGE, REPORT
from uas_training.evaluation.selection import chosen

VERDICTS = "judge.jsonl"


def run_judge(
    manifest: Path,
    run: Path,
    judge: ChatJudge,
    output: Path,
    *,
    limit: int | None,
    progress: Progress,
) -> tuple[dict[str, Any], Path]:
    """Judge the free text of a run and write what came out; goes on where it stopped.

    Args:
        manifest: JSONL of the run's records.
        run: folder of a finished `uas eval run`.
        judge: who is asked.
        output: folder for the verdicts (JSONL) and the figures (JSON and Markdown).
        limit: so many clips, spread over the corpora; None is all.
        progress: watches.

    Raises:
        ConfigError: nothing can be judged, or the judge does not answer.
        DataError: a file that is not as it should be.
    """
    if output.resolve() == run.resolve():
        raise ConfigError(f"{output.name} is the run itself; give another --output")
    pairs = _pairs(manifest, run, limit)
    questions = questions_of(pairs)
    if not questions:
        raise ConfigError(
            f"{manifest.name} knows no free text of the clips of {run.name}; give records that do"
        )
    open_ones = [question for question in questions if question.settled is None]
    verdicts = judge_all(judge, open_ones, output / VERDICTS, progress)
    report = {
        "command": _command(manifest, run, judge, output, limit),
        "judge": judge.name,
        "prompt": judge.prompt.name,
        "described": len(pairs),
        "different": len(different(verdicts)),
        "fields": figures(questions, verdicts),
    }
    _write(output, report)
    return report, output / PAGE


def _pairs(manifest: Path, run: Path, limit: int | None) -> Sequence[Pair]:
    if limit is not None and limit < 1:
        raise ConfigError(f"--limit is {limit}; give 1 or more")
    for name in (ITEMS, REPORT):
        if not (run / name).is_file():
            raise ConfigError(
                f"{run.name} has no {name}; give the folder of a `uas eval run` that is finished"
            )
    items = read_items(run / ITEMS)
    pairs = pair_up(read_manifests([manifest]), items)
    if not any(pair.item.text for pair in pairs):
        raise ConfigError(
            f"{run.name} has no documents of clips of {manifest.name}; give a run on it that "
            "writes documents"
        )
    return pair_up(chosen([pair.record for pair in pairs], limit), items)


def _command(manifest: Path, run: Path, judge: ChatJudge, output: Path, limit: int | None) -> str:
    """The command line that makes the report, without folders and addresses of this machine."""
    words = ["--manifest", manifest.name, "--run", run.name, "--endpoint", "URL"]
    words += ["--endpoint-model", judge.name]
    words += [] if limit is None else ["--limit", str(limit)]
    return shlex.join(["uas", "eval", "judge", *words, "--output", output.name])


def _write(output: Path, report: Mapping[str, Any]) -> None:
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    (output / REPORT).write_text(text, encoding="utf-8")
    (output / PAGE).write_text(markdown(output.name, report), encoding="utf-8")
