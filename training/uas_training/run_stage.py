"""Put one stage together from its configuration and run it to the end."""

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from uas_model.checkpoint import Checkpoint
from uas_model.codebook import Codebook
from uas_model.export import PADDING
from uas_model.load import load_encoder, load_model
from uas_schema.prompts import load_prompts
from uas_schema.records import Record
from uas_training import loop
from uas_training.audio_tokens import codebook_of, tokens_of
from uas_training.checkpoints import load_tensors, save_tensors, stopped_weights
from uas_training.config import (
    ROW_RATE,
    AdaptConfig,
    AlignConfig,
    AnyConfig,
    ConfigError,
    GrpoConfig,
    LanguageConfig,
    ListenConfig,
    LowRankConfig,
    TuneConfig,
    WeightsConfig,
)
from uas_training.data.asking import can_be_asked, uncertain_fields
from uas_training.data.examples import (
    Example,
    load_examples,
    read_manifests,
    selection_records,
    training_records,
)
from uas_training.data.sequences import Writer
from uas_training.data.targets import event_vocabulary, head_values
from uas_training.data.texts import read_texts, text_mix
from uas_training.new_rows import first_rows, lengthen, shorten
from uas_training.processes import processes
from uas_training.sharding import checkpoint_layers
from uas_training.stages import adapt, tune
from uas_training.stages.adapt import PROJECTOR
from uas_training.stages.align import Align, Spoken, has_transcript
from uas_training.stages.language import LanguageStage
from uas_training.stages.listen import Listen
from uas_training.token_base import rows_move_apart, vocabulary_of
from uas_training.words import WordHeads, mean_projection, word_directions, word_values

if TYPE_CHECKING:
    from uas_training.stages.grpo import Grpo

log = logging.getLogger(__name__)

LISTEN_ENCODER, LISTEN_PROJECTOR = "encoder.", "projector."
MODEL_ENCODER = "model.audio_tower."
CENTRE_CLIPS = 64  # clips whose mean projection is what all sounds share


def run_stage(config: AnyConfig) -> Path:
    """Run a stage and return its folder, which then holds ``final.safetensors``.

    Raises:
        ConfigError: data, base model or an earlier stage is missing or does not fit, or the stage
            cannot be spread as it is asked.
    """
    check_run(config)
    loop.run(
        stage_of(config),
        config.schedule,
        seed=config.seed,
        output=config.output,
        fingerprint=fingerprint(config),
        how=config.run,
    )
    return config.output


def check_run(config: AnyConfig) -> None:
    """Refuse how a stage cannot be spread.

    Raises:
        ConfigError: names the key and what to do.
    """
    if config.run.shard and not isinstance(config, AdaptConfig | TuneConfig):
        raise ConfigError(
            f"run.shard: stage {config.stage!r} cannot be split, only 'adapt' and 'tune'; set false"
        )


def stage_of(config: AnyConfig) -> loop.Stage:
    """The stage that a configuration describes, with its data; the same every time."""
    torch.manual_seed(config.seed)
    if isinstance(config, ListenConfig):
        return listen_stage(config)
    if isinstance(config, AlignConfig):
        return align_stage(config)
    if isinstance(config, GrpoConfig):
        return grpo_stage(config)
    return language_stage(config)


def finish_stage(config: AnyConfig) -> int:
    """End a stopped stage where its last checkpoint stands; return the number of its steps.

    Raises:
        ConfigError: the stage has no checkpoint.
    """
    weights, step = stopped_weights(config.output / loop.CHECKPOINT)
    metadata = {"fingerprint": fingerprint(config), "stopped": str(step)}
    save_tensors(config.output / loop.FINAL, weights, metadata)
    return step


def fingerprint(config: AnyConfig) -> str:
    """What a checkpoint must agree with to be resumed: all but the output folder and ``run``.

    For ``grpo`` the number of processes is part of it.
    """
    left_out = {"output", "run"}
    if isinstance(config, LowRankConfig) and config.method == "lora":
        left_out |= {"method", "full_rate"}  # younger than checkpoints that can be gone on from
    if isinstance(config, LowRankConfig) and config.row_rate == ROW_RATE:
        left_out.add("row_rate")  # younger too
    if isinstance(config, TuneConfig) and config.text is None:
        left_out.add("text")  # younger too
    text = config.model_dump_json(exclude=left_out)
    if isinstance(config, GrpoConfig) and (count := processes().count) > 1:
        text += f" in {count} processes"  # its batches hang on how many there are
    return hashlib.sha256(text.encode()).hexdigest()


def listen_stage(config: ListenConfig) -> Listen:
    """Encoder, heads and data of ``listen``."""
    records = read_manifests(config.data.manifests)
    training = training_records(records, config.data)
    examples = _examples(training, config)
    labels = event_vocabulary(training)
    encoder = load_encoder(config.base)
    if config.start is not None:
        restore(encoder, config.start, {LISTEN_ENCODER: ""})
    encoder.to(processes().device)
    if config.run.gradient_checkpointing:
        checkpoint_layers(encoder)
    words = word_heads(config, encoder, examples, labels) if config.word_weight > 0 else None
    return Listen(
        encoder,
        examples,
        _held_out(records, config),
        labels,
        config,
        words=words,
    )


def word_heads(
    config: ListenConfig, encoder: Any, examples: Sequence[Example], labels: Sequence[str]
) -> WordHeads:
    """Heads over the base's projector, or that of ``start``, towards the base's embeddings."""
    checkpoint = Checkpoint.open(config.base, verify=False)
    model = load_model(config.base)
    projector = model.model.multi_modal_projector
    if config.start is not None:
        restore(projector, config.start, {LISTEN_PROJECTOR: ""})
    projector.to(processes().device)
    table: Tensor = model.get_input_embeddings().weight  # type: ignore[assignment]  # torch types any attribute of a module as Tensor or Module
    directions = {
        name: word_directions(table, checkpoint.tokenizer, texts).to(processes().device)
        for name, texts in word_values(head_values(labels)).items()
    }
    centre = mean_projection(encoder, projector, examples[:: len(examples) // CENTRE_CLIPS + 1])
    heads = WordHeads(projector, directions, centre, encoder.config.d_model)
    return heads.to(processes().device)


def language_stage(config: AdaptConfig | TuneConfig) -> LanguageStage:
    """Model, writer and data of ``adapt`` or ``tune``."""
    text = config.text if isinstance(config, TuneConfig) else None
    texts = [] if text is None else read_texts(text.manifests)
    records = read_manifests(config.data.manifests)
    vocabulary = vocabulary_of(config)
    model, writer, groups = moving_model(config)
    mix = None if text is None else text_mix(texts, text, writer)
    return LanguageStage(
        model,
        writer,
        _examples(_askable(training_records(records, config.data), config), config),
        _held_out(records, config),
        trainable=groups,
        config=config,
        vocabulary=vocabulary,
        texts=mix,
    )


def _askable(records: Sequence[Record], config: LanguageConfig) -> list[Record]:
    """Records that have a sample of one of the stage's kinds, however they are disturbed."""
    without = uncertain_fields(config.augment)
    kinds = [kind for kind, share in config.kinds.items() if share > 0]
    return [r for r in records if any(can_be_asked(r, kind, without) for kind in kinds)]


def grpo_stage(config: GrpoConfig) -> "Grpo":
    """Model, writer and data of ``grpo``."""
    from uas_training.stages.grpo import Grpo  # TRL takes seconds to import

    records = read_manifests(config.data.manifests)
    vocabulary = vocabulary_of(config)
    model, writer, groups = moving_model(config)
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]  # transformers is untyped here
        tokenizer_file=str(config.base / "tokenizer.json"),
        eos_token=writer.prompts.stop,
        pad_token=PADDING,
        clean_up_tokenization_spaces=False,
    )
    return Grpo(
        model,
        writer,
        tokenizer,
        _examples(training_records(records, config.data), config),
        _held_out(records, config),
        trainable=groups,
        config=config,
        vocabulary=vocabulary,
    )


def align_stage(config: AlignConfig) -> Align:
    """Codebook, model with new rows, and data of ``align``."""
    records = read_manifests(config.data.manifests)
    model, writer = prepared_model(config)
    placed(model, config)
    encoder = model.model.audio_tower
    examples = _examples(training_records(records, config.data), config)
    with processes().first_goes_first():
        codebook = codebook_of(config, encoder, examples, fingerprint(config))
    if config.projector is not None:
        restore(model, config.projector, {LISTEN_PROJECTOR: PROJECTOR})
    generator = torch.Generator().manual_seed(config.seed)
    rows = first_rows(model, codebook.centroids, config.initialisation, generator)
    first_id = len(model.get_input_embeddings().weight)
    return Align(
        model,
        writer,
        first_id,
        spoken(encoder, codebook, examples),
        spoken(encoder, codebook, _held_out(records, config)),
        rows=lengthen(model, rows),
        config=config,
    )


def spoken(encoder: Any, codebook: Codebook, examples: Sequence[Example]) -> Spoken:
    """The clips with a known transcript, as audio tokens."""
    told = [example for example in examples if has_transcript(example)]
    return Spoken(told, tokens_of(encoder, codebook, told))


def moving_model(config: AdaptConfig | LowRankConfig) -> tuple[Any, Writer, list[loop.Group]]:
    """The model where a stage goes on from, its writer, and what moves."""
    model, writer = prepared_model(config)
    if config.start is not None:
        check_start(config, config.start)
        restore(model, config.start, {"": ""})  # whole weights, before factors rename them
    groups = moving_groups(model, config, reads_tokens=vocabulary_of(config) is not None)
    if config.start is not None:
        restore(model, config.start, {"": ""})
    if config.projector is not None:
        restore(model, config.projector, {LISTEN_PROJECTOR: PROJECTOR})
    placed(model, config)
    return model, writer, groups


def moving_groups(
    model: Any, config: AdaptConfig | LowRankConfig, *, reads_tokens: bool
) -> list[loop.Group]:
    """What a stage moves in ``model``, with the layers added that it needs for it."""
    if not isinstance(config, LowRankConfig):
        return adapt.trainable(model, config)
    return (tune.trainable_on_tokens if reads_tokens else tune.trainable)(model, config)


def check_start(config: AdaptConfig | LowRankConfig, start: Path) -> None:
    """Refuse to lose what an earlier stage has learnt.

    Raises:
        ConfigError: the start has low-rank factors, and this stage has no place for them.
    """
    tensors, _ = load_tensors(start / loop.FINAL)
    factors = any(name.endswith(".a") for name in tensors)
    if factors and not (isinstance(config, LowRankConfig) and config.method == "lora"):
        loses = "method 'full'" if isinstance(config, LowRankConfig) else "stage 'adapt'"
        raise ConfigError(
            f"start {start} holds low-rank factors, which {loses} would lose; export that stage "
            "(uas train export) and name the folder as base"
        )


def placed(model: Any, config: LanguageConfig | AlignConfig) -> None:
    """Bring the model to this process's device, unless sharding will; set up checkpointing."""
    if config.run.gradient_checkpointing:
        checkpoint_layers(model)
    if not config.run.shard:
        model.to(processes().device)


def prepared_model(config: LanguageConfig | AlignConfig) -> tuple[Any, Writer]:
    """The base model with the encoder of ``listen``, and the writer of its token sequences.

    Rows of audio tokens stand apart in it, in float32, where the stage moves them.
    """
    checkpoint = Checkpoint.open(config.base, verify=False)
    vocabulary = vocabulary_of(config)
    model = load_model(config.base)
    if config.encoder is not None:
        restore(model, config.encoder, {LISTEN_ENCODER: MODEL_ENCODER})
    rows = None
    if vocabulary is not None and rows_move_apart(config):
        rows = shorten(model, vocabulary.first_id)
    hold(model, config)
    if rows is not None:
        lengthen(model, rows)
    prompts = load_prompts(checkpoint.info.prompt_family)
    weights = config.weights if isinstance(config, LanguageConfig) else WeightsConfig()
    return model, Writer(checkpoint.tokenizer, prompts, weights)


def held_in_bf16(config: LanguageConfig | AlignConfig) -> bool:
    """Whether the language model is: the stage computes in bfloat16 and leaves it as it is."""
    moves = isinstance(config, LowRankConfig) and config.method == "full"
    return config.schedule.bf16 and not moves


def hold(model: Any, config: LanguageConfig | AlignConfig) -> None:
    """Hold a frozen language model in bfloat16; what trains is float32."""
    if held_in_bf16(config):
        model.model.language_model.to(torch.bfloat16)
        model.lm_head.to(torch.bfloat16)


def restore(module: Any, folder: Path, renames: dict[str, str]) -> None:
    """Copy an earlier stage's tensors into ``module``.

    ``renames`` maps a prefix in the file to one in the module; tensors with other prefixes, such
    as the thrown-away heads, are left.

    Raises:
        ConfigError: the folder has no finished stage, or nothing in it fits.
    """
    tensors, _ = load_tensors(folder / loop.FINAL)
    own: dict[str, Tensor] = dict(module.named_parameters())
    copied = 0
    with torch.no_grad():
        for name, tensor in tensors.items():
            for prefix, replacement in renames.items():
                target = own.get(replacement + name.removeprefix(prefix))
                if name.startswith(prefix) and target is not None:
                    target.copy_(tensor)
                    copied += 1
    if not copied:
        raise ConfigError(f"{folder} holds no tensor of this model; is it the right stage?")
    log.info("took %d tensors from %s", copied, folder.name)


def _examples(records: list[Record], config: AnyConfig) -> list[Example]:
    if not records:
        raise ConfigError("no training record is left; check manifests, licences and max_seconds")
    return load_examples(records, in_memory=config.run.audio_in_memory)


def _held_out(records: list[Record], config: AnyConfig) -> list[Example]:
    chosen = selection_records(records, config.data)
    return load_examples(chosen, in_memory=config.run.audio_in_memory)
