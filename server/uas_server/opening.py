"""From command-line arguments to settings and an opened model, with the exit codes of `uas`.

A checkpoint or a setting that is refused ends with exit code 3 and one line: starting again will
not help.
"""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from uas_cli.command import CommandError, ExitCode
from uas_model.audio_tokens import COUNTS
from uas_model.checkpoint import Checkpoint
from uas_model.draft import Drafter, NoDrafter, WhisperDrafter
from uas_model.errors import BadCheckpoint, ModelError, RefusedModel
from uas_model.registry import built_folder
from uas_server.engine.local import LocalEngine
from uas_server.engine.protocol import Engine
from uas_server.engine.remote.engine import RemoteEngine
from uas_server.engine.remote.keys import KeyMissing, keys_of
from uas_server.engine.vllm_process import VllmMissing, prepare_vllm
from uas_server.engine.worker import MODEL_TYPE, LoadCheckpoint
from uas_server.keys.entry import KeysError
from uas_server.service.model import ServedModel
from uas_server.settings import Settings, SettingsError
from uas_server.tracing import TracingError

if TYPE_CHECKING:
    from uas_server.engine.clip_tokens import ClipTokens


def settings_of(arguments: argparse.Namespace) -> Settings:
    """Settings from flags, environment and file. Raises `CommandError` with exit code 3."""
    flags = {
        name.removeprefix("setting_"): value
        for name, value in vars(arguments).items()
        if name.startswith("setting_")
    }
    with refusals():
        return Settings.load(flags, os.environ, arguments.config)


def opened_model(settings: Settings) -> ServedModel:
    """Open the checkpoint and put an engine around it; starts nothing.

    Raises `CommandError`, with exit code 3 when the checkpoint is refused.
    """
    with refusals():
        checkpoint = Checkpoint.open(_folder(settings.model))
        tokens = checkpoint.tokenizer
        engine = _engine(checkpoint, settings)
    return ServedModel(
        info=checkpoint.info,
        tokens=tokens,
        engine=engine,
        drafter=_drafter(checkpoint),
    )


@contextmanager
def refusals() -> Iterator[None]:
    """Turn refused models and settings into the command's one line and exit code."""
    try:
        yield
    except (
        RefusedModel,
        SettingsError,
        KeysError,
        KeyMissing,
        VllmMissing,
        TracingError,
    ) as error:
        raise CommandError(str(error), ExitCode.REFUSED) from error
    except ModelError as error:
        raise CommandError(str(error)) from error


def _folder(model: str) -> Path:
    """Folder of a model by its name in the cache, or by its path."""
    if "/" in model or Path(model).is_dir():
        return Path(model)
    folder = built_folder(model)
    if folder is None:
        raise CommandError(
            f"the model {model!r} is not built; run: uas model build {model}", ExitCode.REFUSED
        )
    return folder


def _engine(checkpoint: Checkpoint, settings: Settings) -> Engine:
    most_waiting = settings.queue + 1
    if settings.engine == "vllm":
        prepare_vllm(settings.vllm)
        from uas_server.engine.vllm_async import VllmEngine

        return VllmEngine(
            checkpoint.path,
            checkpoint.tokenizer,
            settings.vllm,
            count=COUNTS[checkpoint.prompts.clip.count],
            clip_tokens=clip_tokens_of(checkpoint),
            most_waiting=most_waiting,
        )
    if settings.engine == "remote":
        _refuse_tokens(checkpoint)
        return RemoteEngine(
            checkpoint.tokenizer,
            checkpoint.prompts,
            settings.remote,
            name=checkpoint.info.name,
            keys=keys_of(settings.remote, os.environ),
        )
    if checkpoint.model_type != MODEL_TYPE:
        raise BadCheckpoint(
            f"{checkpoint.info.name}: the local engine runs models of type {MODEL_TYPE!r}, "
            f"this one is of type {checkpoint.model_type!r}; use --engine vllm"
        )
    return LocalEngine(
        LoadCheckpoint(checkpoint.path, settings.precision), most_waiting=most_waiting
    )


def clip_tokens_of(checkpoint: Checkpoint) -> "ClipTokens | None":
    """What makes audio tokens of clips; None for a checkpoint that hears them itself.

    Raises `BadCheckpoint` when codebook and tokenizer do not fit each other.
    """
    if checkpoint.info.audio == "states":
        return None
    from uas_model.runner.audio_tokenizer import AudioTokenizer  # imports torch
    from uas_server.engine.clip_tokens import ClipTokens

    tokenizer = AudioTokenizer.of(checkpoint)
    return None if tokenizer is None else ClipTokens(tokenizer)


def _refuse_tokens(checkpoint: Checkpoint) -> None:
    """A back end is sent sound, and would put what its projector makes of it into the prompt."""
    if checkpoint.info.audio == "tokens":
        raise BadCheckpoint(
            f"{checkpoint.info.name} reads audio tokens, which no other server makes of a clip; "
            "use --engine local or --engine vllm"
        )


def _drafter(checkpoint: Checkpoint) -> Drafter:
    if checkpoint.info.wants_draft == "none" or checkpoint.draft_path is None:
        return NoDrafter()
    languages = checkpoint.info.languages
    return WhisperDrafter(
        checkpoint.draft_path, language=languages[0] if len(languages) == 1 else None
    )
