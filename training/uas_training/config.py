"""Typed training configuration, read from YAML.

One file configures one stage. Every key is checked: an unknown one fails with the nearest valid
name, so that a misspelt learning rate cannot silently fall back to a default.
"""

import difflib
from pathlib import Path
from typing import Annotated, Literal, get_args

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

DocumentKind = Literal["plain", "drafted", "wrong_transcript"]
AskedKind = Literal[DocumentKind, "transcript", "question"]
SampleKind = Literal[AskedKind, "speech"]
Initialisation = Literal["projector", "mean"]
Method = Literal["lora", "full"]

ROW_RATE = 1e-3
"""Learning rate of the rows of audio tokens, unless a YAML says another."""


class ConfigError(ValueError):
    """A training YAML that cannot be used; the message names the file, the key and the fix."""


class Strict(BaseModel):
    """Base of all configuration classes: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DataConfig(Strict):
    """Which records a stage sees.

    ``manifests`` are JSONL files of ``uas_schema.records.Record``. ``repeats`` over-samples a
    corpus by name (2.5 = each record two or three times an epoch); "name+" are its clips with
    sounds mixed in, "*" every other corpus.
    ``hold_out_speakers`` takes training speakers away for model selection, so that the speakers
    we report on stay unseen.
    """

    manifests: tuple[Path, ...]
    non_commercial: bool = True
    repeats: dict[str, float] = {}
    hold_out_speakers: tuple[str, ...] = ()
    max_seconds: float = 12.0
    select_per_corpus: int = 60


class AugmentConfig(Strict):
    """How strongly the waveform and the spectrogram are disturbed; 0 turns a part off.

    ``mix_voice_probability`` and ``mix_sound_probability`` are the shares of clips with and without
    a voice that another clip's sound is put into, at ``mix_snr_db`` below them.
    """

    mix_voice_probability: float = 0.0
    mix_sound_probability: float = 0.0
    mix_snr_db: tuple[float, float] = (-5.0, 20.0)
    noise_probability: float = 0.5
    snr_db: tuple[float, float] = (3.0, 30.0)
    speed_probability: float = 0.5
    speed_range: float = 0.1
    tilt_db: float = 6.0
    gain_db: tuple[float, float] = (-18.0, 3.0)
    reverb_probability: float = 0.2
    low_pass_probability: float = 0.1
    time_masks: int = 2
    time_mask_share: float = 0.1
    band_masks: int = 2
    band_mask_width: int = 12


class ScheduleConfig(Strict):
    """Length and pace of a stage. ``batch_seconds`` bounds the padded audio of one batch."""

    epochs: int = 1
    batch_seconds: float = 60.0
    warmup_share: float = 0.05
    clip_norm: float = 1.0
    weight_decay: float = 0.01
    checkpoint_minutes: float = 5.0
    evaluate_every_epochs: int = 1
    bf16: bool = True
    threads: int = 2


class RunConfig(Strict):
    """How a stage is spread over time and devices; it moves no number that is learnt from.

    One optimizer step takes ``accumulate`` batches in every process. ``gradient_checkpointing``
    computes activations twice to hold fewer. ``shard`` splits weights, gradients and moments over
    the processes (FSDP; ``adapt`` and ``tune``). Without ``audio_in_memory`` a clip is read each
    time that it is used; an hour in memory is 115 MB in every process. ``trackers`` are names that
    accelerate knows, such as "tensorboard"; ``log.jsonl`` is always written.
    """

    accumulate: Annotated[int, Field(ge=1)] = 1
    gradient_checkpointing: bool = False
    shard: bool = False
    audio_in_memory: bool = True
    trackers: tuple[str, ...] = ()


class StageConfig(Strict):
    """What all stages share."""

    seed: int = 0
    output: Path
    data: DataConfig
    schedule: ScheduleConfig = ScheduleConfig()
    augment: AugmentConfig = AugmentConfig()
    run: RunConfig = RunConfig()


class ListenConfig(StageConfig):
    """Stage ``listen``: the encoder learns through heads that are thrown away afterwards.

    With ``word_weight`` above 0 the projector learns too, towards the language model's words for
    what is heard; ``start`` is an earlier ``listen`` (or unpacked weights) to go on from.
    """

    stage: Literal["listen"]
    base: Path
    start: Path | None = None
    encoder_rate: float = 1e-4
    head_rate: float = 1e-3
    head_dropout: float = 0.3
    head_weights: dict[str, float] = {}
    word_weight: float = 0.0
    projector_rate: float = 1e-3


class WeightsConfig(Strict):
    """How much each kind of token counts in the loss of a language stage."""

    branch: float = 3.0
    closed: float = 4.0
    free: float = 1.0
    decision: float = 2.0
    label: float = 2.0
    characteristic: float = 0.5
    literal: float = 0.05
    transcription: float = 0.15
    drafted: float = 0.5
    answer: float = 2.0
    stop: float = 0.5


def _something_is_asked(kinds: dict[SampleKind, float]) -> dict[SampleKind, float]:
    if not sum(kinds.values()):
        raise ValueError("no kind has a share; give one more than 0")
    return kinds


class LanguageConfig(StageConfig):
    """What ``adapt`` and ``tune`` share: they train on documents and questions.

    ``encoder`` is the ``listen`` checkpoint whose encoder replaces the base one; ``start`` is an
    earlier language stage to go on from; ``projector`` is a ``listen`` checkpoint whose projector,
    which knows the words, goes before that of ``start``.
    ``kinds`` are the shares of what a clip is asked: its document in one of three ways, its
    transcript, one of its questions, or, where the base reads audio tokens, these tokens for its
    transcript (``speech``); ``questions_per_clip`` more questions come beside all but the last.
    """

    base: Path
    encoder: Path | None = None
    start: Path | None = None
    projector: Path | None = None
    projector_rate: float = 1e-3
    weights: WeightsConfig = WeightsConfig()
    kinds: Annotated[
        dict[SampleKind, Annotated[float, Field(ge=0, allow_inf_nan=False)]],
        AfterValidator(_something_is_asked),
    ] = {"plain": 0.6, "drafted": 0.15, "wrong_transcript": 0.25}
    questions_per_clip: int = 1


class AdaptConfig(LanguageConfig):
    """Stage ``adapt``: only ``multi_modal_projector`` moves."""

    stage: Literal["adapt"]


class LowRankConfig(LanguageConfig):
    """What ``tune`` and ``grpo`` move: low-rank factors, the projector, the encoder if asked.

    With ``method`` "full" every weight of the language model moves, at ``full_rate``, and there are
    no factors. Where the base reads audio tokens, their rows move in the projector's place, at
    ``row_rate``; it and the encoder stay.
    """

    stage: Literal["tune", "grpo"]
    method: Method = "lora"
    full_rate: float = 1e-5
    lora_rank: Annotated[int, Field(ge=1, le=32)] = 16
    lora_alpha: float = 32.0
    lora_rate: float = 5e-4
    row_rate: float = ROW_RATE
    encoder_rate: float = 0.0


class TextConfig(Strict):
    """Text without a sound, so that the language model stays what it was.

    ``manifests`` are JSONL of ``prompt`` and ``completion``. A clip of a batch has a text beside it
    with probability ``share``; each token of it counts ``weight`` in the loss. Texts of more than
    ``longest_tokens`` are left out.
    """

    manifests: Annotated[tuple[Path, ...], Field(min_length=1)]
    share: Annotated[float, Field(gt=0, le=1)] = 0.25
    weight: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 0.5
    longest_tokens: Annotated[int, Field(ge=8)] = 256


class TuneConfig(LowRankConfig):
    """Stage ``tune``: LoRA on the language model and the projector, the encoder if asked."""

    stage: Literal["tune"]
    text: TextConfig | None = None


class RewardWeights(Strict):
    """How much each reward of ``uas_training.rewards`` counts; 0 leaves it out."""

    validity: Annotated[float, Field(ge=0)] = 1.0
    voice: Annotated[float, Field(ge=0)] = 0.5
    closed_fields: Annotated[float, Field(ge=0)] = 2.0
    transcript: Annotated[float, Field(ge=0)] = 1.0
    events: Annotated[float, Field(ge=0)] = 2.0
    free_text: Annotated[float, Field(ge=0)] = 1.0
    answer: Annotated[float, Field(ge=0)] = 2.0
    brevity: Annotated[float, Field(ge=0)] = 0.25


class GrpoConfig(LowRankConfig):
    """Stage ``grpo``: what ``tune`` moves goes on, by rewards on what the model itself writes.

    ``start`` is the ``tune`` stage, with its ``lora_rank``. Of every clip ``replies`` replies of at
    most ``reply_tokens`` are drawn at ``temperature`` and compared with each other; a clip asks a
    question instead of a document with probability ``question_share``. ``clip_low`` and
    ``clip_high`` bound how far one step may go (TRL's ``epsilon`` and ``epsilon_high``); ``loss``
    is TRL's ``loss_type``. ``batch_clips`` bounds the clips of a batch, for replies to a short one
    are as long as those to another. Clips are not disturbed, and there is no truth to weigh by
    token: what ``augment``, ``weights``, ``kinds`` and ``questions_per_clip`` say has no effect.
    """

    stage: Literal["grpo"]
    replies: Annotated[int, Field(ge=2)] = 8
    batch_clips: Annotated[int, Field(ge=1)] | None = None
    reply_tokens: Annotated[int, Field(ge=1)] = 224
    temperature: Annotated[float, Field(gt=0)] = 1.0
    question_share: Annotated[float, Field(ge=0, le=1)] = 0.3
    clip_low: float = 0.2
    clip_high: float = 0.28
    loss: Literal["grpo", "dr_grpo", "dapo", "bnpo"] = "dapo"
    rewards: RewardWeights = RewardWeights()


class AlignConfig(StageConfig):
    """Stage ``align``: rows for audio tokens are added to the language model, and learned alone.

    ``encoder`` is the ``listen`` checkpoint whose encoder is quantised, the base's without it;
    ``projector`` one whose projector places the new rows.
    ``codebook_size`` audio tokens are the centroids of at most ``fitted_states`` encoder states of
    the training clips. ``initialisation`` says where the new input rows start: at what the
    projector makes of their centroid, or around the mean of the old rows.
    ``said_share`` is the share of sequences from text to audio tokens; the others go from audio
    tokens to text.
    """

    stage: Literal["align"]
    base: Path
    encoder: Path | None = None
    projector: Path | None = None
    codebook_size: Annotated[int, Field(ge=2)] = 512
    fitted_states: Annotated[int, Field(ge=2)] = 200_000
    initialisation: Initialisation = "projector"
    row_rate: float = ROW_RATE
    said_share: Annotated[float, Field(ge=0, le=1)] = 0.5


AnyConfig = ListenConfig | AlignConfig | AdaptConfig | TuneConfig | GrpoConfig
AnyStageConfig = Annotated[AnyConfig, Field(discriminator="stage")]
_CLASSES: dict[str, type[StageConfig]] = {
    "listen": ListenConfig,
    "align": AlignConfig,
    "adapt": AdaptConfig,
    "tune": TuneConfig,
    "grpo": GrpoConfig,
}


def load_config(path: Path) -> AnyConfig:
    """Read one stage's YAML.

    Raises:
        ConfigError: unreadable YAML, unknown stage or key (with the nearest valid name), or a
            value of the wrong type or range.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path.name}: cannot read the configuration: {error}") from error
    stage = values.get("stage") if isinstance(values, dict) else None
    if stage not in _CLASSES:
        raise ConfigError(f"{path.name}: stage {stage!r}; use one of {', '.join(_CLASSES)}")
    try:
        return TypeAdapter[AnyConfig](AnyStageConfig).validate_python(values)
    except ValidationError as error:
        raise ConfigError(f"{path.name}: {_first_problem(error, stage)}") from error


def _first_problem(error: ValidationError, stage: str) -> str:
    problem = error.errors()[0]
    location = [part for part in problem["loc"] if part != stage]
    key = ".".join(str(part) for part in location)
    if problem["type"] != "extra_forbidden":
        return f"{key}: {problem['msg']} (got {problem['input']!r})"
    known = _keys_at(_CLASSES[stage], location[:-1])
    near = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.0)
    return f"unknown key {key!r}; did you mean {near[0]!r}? Known: {', '.join(known)}"


def _keys_at(config: type[BaseModel], location: list[int | str]) -> list[str]:
    """Field names of the nested configuration class at ``location``."""
    for part in location:
        annotation = config.model_fields[str(part)].annotation
        candidates = (annotation, *get_args(annotation))
        config = next(c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel))
    return sorted(config.model_fields)
