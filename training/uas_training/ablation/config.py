"""Typed configuration of an ablation, and the stages that it stands for.

One file names the arms. They start from the same weights, hear the same clips in the same order
under the same disturbances, take the same steps, and are asked the same questions afterwards. What
a clip is asked in training is another in each; an arm of ``learning_of`` also moves other weights,
asks more, or goes on from another arm.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self, get_args

import yaml
from pydantic import Field, StringConstraints, model_validator

from uas_schema.errors import DataError
from uas_schema.strict import nearest, read_yaml
from uas_training.config import (
    AdaptConfig,
    AugmentConfig,
    ConfigError,
    DataConfig,
    DocumentKind,
    Method,
    SampleKind,
    ScheduleConfig,
    Strict,
    TextConfig,
    TuneConfig,
    WeightsConfig,
)

ArmName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9+_-]*$")]
Share = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]
Pace = Annotated[float, Field(gt=0)]

START = "start"
MANIFEST = "train.jsonl"


class ClipsConfig(Strict):
    """Which clips are drawn from."""

    manifests: tuple[Path, ...]
    non_commercial: bool = True
    max_seconds: float = 4.0


class StartConfig(Strict):
    """The start of all arms: the base, whose projector learned transcripts of ``clips`` clips.

    ``encoder`` is a finished ``listen`` whose encoder all arms have; without it the base's own.
    """

    clips: Count
    projector_rate: float
    encoder: Path | None = None


class LearningConfig(Strict):
    """What moves in every run and how fast, as in ``tune``."""

    lora_rank: Annotated[int, Field(ge=1, le=32)] = 16
    lora_alpha: float = 32.0
    lora_rate: float = 5e-4
    projector_rate: float = 5e-4
    encoder_rate: float = 0.0
    weights: WeightsConfig = WeightsConfig()


class LearningChange(Strict):
    """What is otherwise in one arm; what is left out is as in ``learning``.

    ``questions_per_clip`` questions come beside what ``kinds`` ask: more answers of the same clips.
    ``text`` is learned beside the clips. With ``after`` the arm hears its clips once more: it
    starts where that arm's run of the same seed ended.
    """

    method: Method | None = None
    full_rate: float | None = None
    lora_rate: float | None = None
    projector_rate: float | None = None
    encoder_rate: float | None = None
    questions_per_clip: Annotated[int, Field(ge=0)] | None = None
    text: TextConfig | None = None
    after: ArmName | None = None


class EvaluationConfig(Strict):
    """What every run is asked afterwards.

    Attributes:
        manifest: records of speakers that no training clip has.
        max_seconds: longer clips are left out.
        perception_clips: clips whose closed questions on what is heard are asked.
        reasoning_questions: questions that join two facts.
        transcript_clips: clips that are transcribed.
        document_clips: clips whose documents are written, by arms that learned documents.
        seed: of the questions that join facts.
    """

    manifest: Path
    max_seconds: float = 4.0
    perception_clips: Count
    reasoning_questions: Count
    transcript_clips: Count
    document_clips: Count
    seed: int = 0


class PaceConfig(Strict):
    """How fast the machine is that the file was written for, before a run has been timed."""

    training_clips_per_s: Pace
    questions_per_s: Pace
    transcripts_per_s: Pace
    documents_per_s: Pace


class AblationConfig(Strict):
    """One ablation. ``samples`` are the clips that a run hears, over all its epochs."""

    base: Path
    output: Path
    clips: ClipsConfig
    samples: Count
    arms: Annotated[dict[ArmName, dict[SampleKind, Share]], Field(min_length=1)]
    seeds: Annotated[tuple[int, ...], Field(min_length=1)]
    start: StartConfig
    learning: LearningConfig = LearningConfig()
    learning_of: dict[ArmName, LearningChange] = Field(default_factory=dict)
    schedule: ScheduleConfig = ScheduleConfig()
    augment: AugmentConfig = AugmentConfig()
    evaluation: EvaluationConfig
    pace: PaceConfig

    @model_validator(mode="after")
    def _only_arms_there_are(self) -> Self:
        for arm in self.learning_of:
            if arm not in self.arms:
                raise ValueError(f"learning_of: no arm {arm!r}: {nearest(arm, list(self.arms))}")
        return self

    @model_validator(mode="after")
    def _an_arm_goes_on_from_one_before_it(self) -> Self:
        arms = list(self.arms)
        for arm, change in self.learning_of.items():
            before = arms[: arms.index(arm)]
            if change.after is not None and change.after not in before:
                raise ValueError(
                    f"learning_of: {arm} after {change.after!r}; it can go on only from arms that "
                    f"stand before it: {', '.join(before) or 'none'}"
                )
            if change.after is not None:
                self._check_what_goes_on(arm, change)
        return self

    def _check_what_goes_on(self, arm: str, change: LearningChange) -> None:
        """A stage keeps what it moved and what its start moved, but nothing from before that."""
        earlier = self.learning_of.get(str(change.after), LearningChange())
        if earlier.after is not None:
            raise ValueError(
                f"learning_of: {arm} after {change.after!r}, which itself goes on from "
                f"{earlier.after!r}; name that one, or an arm that starts from the start"
            )
        if change.method == "full" and earlier.method != "full":
            raise ValueError(
                f"learning_of: {arm} with method 'full' would lose the low-rank factors of "
                f"{change.after!r}; leave the method out"
            )


@dataclass(frozen=True)
class Run:
    """One arm with one seed."""

    arm: str
    seed: int

    @property
    def name(self) -> str:
        """Name of its folder, and for people."""
        return f"{self.arm}-{self.seed}"


def load_ablation(path: Path) -> AblationConfig:
    """Read an ablation's YAML.

    Raises:
        ConfigError: unreadable, an unknown key (with the nearest valid one), a wrong value.
    """
    try:
        return read_yaml(AblationConfig, path.read_text(encoding="utf-8"), path.name)
    except (OSError, DataError) as error:
        raise ConfigError(str(error)) from error


def runs_of(config: AblationConfig) -> list[Run]:
    """All runs; a seed's arms stand together, so that what is finished can be compared."""
    return [Run(arm, seed) for seed in config.seeds for arm in config.arms]


def writes_documents(config: AblationConfig, arm: str) -> bool:
    """Whether an arm learns documents, or goes on from one that did."""
    earlier = arm_before(config, arm)
    learns = any(kind in get_args(DocumentKind) for kind in config.arms[arm])
    return learns or (earlier is not None and writes_documents(config, earlier))


def clips_of_run(config: AblationConfig) -> int:
    """Different clips that a run hears."""
    return max(1, config.samples // config.schedule.epochs)


def start_stage(config: AblationConfig) -> AdaptConfig:
    """The stage that makes the start of all arms."""
    folder = config.output / START
    return AdaptConfig(
        stage="adapt",
        seed=config.seeds[0],
        base=config.base,
        encoder=config.start.encoder,
        output=folder / "stage",
        data=_data(config, folder / MANIFEST),
        schedule=config.schedule.model_copy(update={"epochs": 1}),
        augment=config.augment,
        projector_rate=config.start.projector_rate,
        kinds={"transcript": 1.0},
        questions_per_clip=0,
    )


def run_stage_config(config: AblationConfig, run: Run) -> TuneConfig:
    """The stage that is one run."""
    changes = _change(config, run.arm).model_dump(exclude_none=True, exclude={"after"})
    earlier = arm_before(config, run.arm)
    start = run_stage_config(config, Run(earlier, run.seed)) if earlier else start_stage(config)
    return TuneConfig(
        stage="tune",
        seed=run.seed,
        base=config.base,
        encoder=config.start.encoder,
        start=start.output,
        output=run_folder(config, run) / "stage",
        data=_data(config, clips_folder(config, run.seed) / MANIFEST),
        schedule=config.schedule,
        augment=config.augment,
        kinds=config.arms[run.arm],
        **dict(config.learning) | {"questions_per_clip": 0} | changes,
    )


def arm_before(config: AblationConfig, arm: str) -> str | None:
    """The arm that an arm goes on from; None where that is the start of all."""
    return _change(config, arm).after


def questions_beside(config: AblationConfig, arm: str) -> int:
    """Questions that an arm is asked of a clip beside what its ``kinds`` ask."""
    return _change(config, arm).questions_per_clip or 0


def stage_yaml(config: AblationConfig, name: str) -> str:
    """The stage of the run called ``name`` as YAML of its own: to export, plan or go on from.

    Raises:
        ConfigError: there is no such run.
    """
    runs = {run.name: run for run in runs_of(config)}
    if name not in runs:
        raise ConfigError(f"no run {name!r}: {nearest(name, list(runs))}")
    stage = run_stage_config(config, runs[name])
    text: str = yaml.safe_dump(stage.model_dump(mode="json"), sort_keys=False)
    return text


def run_folder(config: AblationConfig, run: Run) -> Path:
    """Folder of a run."""
    return config.output / "runs" / run.name


def clips_folder(config: AblationConfig, seed: int) -> Path:
    """Folder with the manifest of the clips that all arms of a seed hear."""
    return config.output / "clips" / str(seed)


def _change(config: AblationConfig, arm: str) -> LearningChange:
    return config.learning_of.get(arm, LearningChange())


def _data(config: AblationConfig, manifest: Path) -> DataConfig:
    return DataConfig(
        manifests=(manifest,),
        non_commercial=config.clips.non_commercial,
        max_seconds=config.clips.max_seconds,
    )
