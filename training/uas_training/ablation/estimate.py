"""How long the runs that are left take: by the file's pace, then by the runs that were timed."""

from collections.abc import Sequence
from statistics import fmean

from uas_training.ablation.config import AblationConfig, Run, runs_of, writes_documents
from uas_training.ablation.questions import Questions, count_of
from uas_training.ablation.results import read_result


def estimate_s(config: AblationConfig, runs: Sequence[Run], questions: Questions) -> float:
    """Seconds for ``runs``, without the start."""
    factors = timed_factors(config, questions)
    mean = fmean(factors.values()) if factors else 1.0
    return sum(factors.get(run.arm, mean) * seconds_by_pace(config, run, questions) for run in runs)


def timed_factors(config: AblationConfig, questions: Questions) -> dict[str, float]:
    """How many times as long as the pace says the last finished run of an arm took, by arm."""
    return {
        run.arm: result["seconds"] / seconds_by_pace(config, run, questions)
        for run in runs_of(config)
        if (result := read_result(config, run)) is not None and result["seconds"] is not None
    }


def seconds_by_pace(config: AblationConfig, run: Run, questions: Questions) -> float:
    """Seconds of one run by the pace of the file."""
    pace = config.pace
    seconds = config.samples / pace.training_clips_per_s
    seconds += count_of(questions) / pace.questions_per_s
    seconds += len(questions.transcripts) / pace.transcripts_per_s
    if writes_documents(config, run.arm):
        seconds += len(questions.documents) / pace.documents_per_s
    return seconds
