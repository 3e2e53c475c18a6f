"""Open a checkpoint folder: refuse what is unsafe, read what it says about itself.

Safe means: safetensors only (the draft model's CTranslate2 file is a flat list of arrays, allowed
in its own folder), no link that leads outside the folder, no remote code, and every file whose
SHA-256 the checkpoint names is that file. A checkpoint of others, without a `uas` section, is known
by its architecture. The tensors themselves are not read here.
"""

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

from uas_model.checksum import verify_sha256
from uas_model.errors import BadCheckpoint, UnsafeCheckpoint
from uas_model.tokens import TextTokens
from uas_schema.errors import DataError
from uas_schema.prompts import PromptFamily, family_of, load_prompts

DRAFT_FOLDER = "draft"
"""Folder of the draft model in the checkpoints that are built here."""

CODEBOOK_FOLDER = "codebook"
"""Folder of the codebook in a checkpoint that reads audio tokens; by itself, for vLLM reads every
safetensors file beside the model's."""

CODEBOOK_FILE = "codebook.safetensors"

UNKNOWN_LICENCE = "LicenseRef-unknown"
"""Of a checkpoint that does not say: its publisher's terms hold."""

DraftUse = Literal["forced", "prompt", "none"]
AudioInput = Literal["states", "tokens"]

_PICKLES = frozenset({".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin", ".joblib", ".npy", ".npz"})
_CODE_FLAGS = ("auto_map", "trust_remote_code")
_CODE = frozenset({".py", ".pyc", ".so"})


@dataclass(frozen=True)
class CheckpointInfo:
    """The `uas` section of `config.json`.

    Attributes:
        name: name under which the model is served.
        prompt_family: file of `uas_schema/data/prompts` that its prompts come from.
        wants_draft: where a drafted transcript goes: forced as a prefill, in the prompt, nowhere.
        draft_model: folder of the draft model inside the checkpoint, None without one.
        languages: ISO 639-1 codes that the transcript can be in.
        licence: SPDX expression of the weights.
        window_s: the longest clip that the model takes at once, in seconds.
        document_window_s: the length in seconds that longer clips are cut to for documents, at most
            `window_s`; None says no other than that. A model trained on short clips hears the whole
            of a long one badly, while a question needs the whole.
        audio: what stands for a clip in a prompt: projected `states` of the encoder, or the rows of
            audio `tokens`, its states' nearest centroids in the codebook.
        weights_sha256: SHA-256 by path inside the folder.
        variant: `nc` when non-commercial data trained it, `open` when not, None when untrained.
        built_from: SHA-256 of the base and trained weight files, and the stored type; of an
            exported stage its YAML and the base's name too.
    """

    name: str
    prompt_family: str
    wants_draft: DraftUse
    draft_model: str | None
    languages: tuple[str, ...]
    licence: str
    window_s: int
    weights_sha256: dict[str, str] = field(default_factory=dict)
    variant: str | None = None
    built_from: dict[str, str] = field(default_factory=dict)
    document_window_s: int | None = None
    audio: AudioInput = "states"

    @property
    def longest_described_s(self) -> int:
        """Longest window of a document, in seconds."""
        return self.window_s if self.document_window_s is None else self.document_window_s

    @classmethod
    def from_dict(cls, section: dict[str, Any]) -> "CheckpointInfo":
        """Read the section.

        Raises:
            BadCheckpoint: a key is missing or unknown, or `wants_draft`, `audio` or
                `document_window_s` has a value that it cannot have.
        """
        try:
            info = cls(**(section | {"languages": tuple(section.get("languages", ()))}))
        except TypeError as error:
            raise BadCheckpoint(
                f"the 'uas' section of config.json is not right: {error}"
            ) from error
        if info.wants_draft not in get_args(DraftUse):
            raise BadCheckpoint(
                f"wants_draft is {info.wants_draft!r}; expected one of {get_args(DraftUse)}"
            )
        if info.audio not in get_args(AudioInput):
            raise BadCheckpoint(f"audio is {info.audio!r}; expected one of {get_args(AudioInput)}")
        if not _is_window(info.document_window_s, info.window_s):
            raise BadCheckpoint(
                f"document_window_s is {info.document_window_s!r}; "
                f"expected whole seconds from 1 to {info.window_s}, or null"
            )
        return info

    @classmethod
    def of_family(cls, name: str, family: PromptFamily) -> "CheckpointInfo":
        """What can be said of a checkpoint without a section."""
        return cls(
            name=name,
            prompt_family=family.family,
            wants_draft="none",
            draft_model=None,
            languages=(),
            licence=UNKNOWN_LICENCE,
            window_s=family.clip.window_s,
            document_window_s=family.clip.document_window_s,
        )


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint folder that was looked at and found safe.

    Attributes:
        path: the folder.
        info: what it says about itself, or what its architecture says.
        model_type: transformers' name of the kind of model.
    """

    path: Path
    info: CheckpointInfo
    model_type: str

    @classmethod
    def open(cls, path: Path, *, verify: bool = True) -> "Checkpoint":
        """Open a checkpoint folder.

        `verify` also compares SHA-256 sums: about half a second for 300 MB.

        Raises:
            UnsafeCheckpoint: pickles, code, remote-code flags, links that lead outside.
            ChecksumMismatch: a file is not the one that the checkpoint names.
            BadCheckpoint: no checkpoint, or one without a `uas` section and of no known family,
                or of a prompt family that does not exist, or one that reads audio tokens and has
                no codebook.
        """
        config = _read_config(path)
        _refuse_remote_code(path)
        info = _read_info(path, config)
        _refuse_unsafe_files(path, info)
        for name, expected in info.weights_sha256.items():
            _verify(path, name, expected, sums=verify)
        if info.audio == "tokens" and not (path / CODEBOOK_FOLDER / CODEBOOK_FILE).is_file():
            raise BadCheckpoint(
                f"{path.name} reads audio tokens and has no {CODEBOOK_FOLDER}/{CODEBOOK_FILE}; "
                "copy it from the base, or write the checkpoint again"
            )
        _read_prompts(path, info)
        return cls(path=path, info=info, model_type=str(config.get("model_type", "")))

    @cached_property
    def tokenizer(self) -> TextTokens:
        """The checkpoint's vocabulary."""
        prompts = self.prompts
        return TextTokens(self.path / "tokenizer.json", prompts.stop, prompts.clip.token)

    @property
    def prompts(self) -> PromptFamily:
        """The prompts that its model was trained with."""
        return _read_prompts(self.path, self.info)

    @property
    def draft_path(self) -> Path | None:
        """Folder of the draft model, None without one."""
        return None if self.info.draft_model is None else self.path / self.info.draft_model

    @property
    def codebook_path(self) -> Path | None:
        """File of the codebook, None where clips are no audio tokens."""
        if self.info.audio == "states":
            return None
        return self.path / CODEBOOK_FOLDER / CODEBOOK_FILE


def _is_window(seconds: object, most_s: int) -> bool:
    """Whether a document may be cut to so many seconds; JSON's true is no number."""
    return seconds is None or (type(seconds) is int and 1 <= seconds <= most_s)


def _read_config(path: Path) -> dict[str, Any]:
    file = path / "config.json"
    if not file.is_file():
        raise BadCheckpoint(f"{path} is no checkpoint: it has no config.json; run: uas model build")
    config = _read_json(file)
    if not isinstance(config, dict):
        raise BadCheckpoint(f"{path.name}: config.json holds no object; build the model again")
    return config


def _read_info(path: Path, config: dict[str, Any]) -> CheckpointInfo:
    if "uas" in config:
        return CheckpointInfo.from_dict(config["uas"])
    named = config.get("architectures")
    try:
        family = family_of([str(name) for name in named] if isinstance(named, list) else [])
    except DataError as error:
        raise BadCheckpoint(f"{path.name}: config.json has no 'uas' section; {error}") from error
    return CheckpointInfo.of_family(path.resolve().name, family)


def _read_prompts(path: Path, info: CheckpointInfo) -> PromptFamily:
    try:
        return load_prompts(info.prompt_family)
    except DataError as error:
        raise BadCheckpoint(f"{path.name}: {error}") from error


def _read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadCheckpoint(
            f"{file.parent.name}: {file.name} is not JSON; build the model again"
        ) from error


def _refuse_remote_code(path: Path) -> None:
    """Refuse `auto_map` and `trust_remote_code` anywhere in a configuration file."""
    for file in sorted(path.glob("*.json")):
        if file.name != "tokenizer.json" and (flag := _code_flag(file)):
            raise UnsafeCheckpoint(
                f"{file.name} sets {flag!r}: the checkpoint wants to run its own code; "
                "use one of a published architecture"
            )


def _code_flag(file: Path) -> str | None:
    """Name of the first flag in a JSON file that asks for code of the checkpoint's own."""
    pending: list[Any] = [_read_json(file)]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending += value
        elif isinstance(value, dict):
            flag = next((name for name in _CODE_FLAGS if value.get(name)), None)
            if flag:
                return flag
            pending += value.values()
    return None


def _refuse_unsafe_files(path: Path, info: CheckpointInfo) -> None:
    root = path.resolve()
    draft = None if info.draft_model is None else _inside(root, info.draft_model)
    for file in sorted(path.rglob("*")):
        if not file.resolve().is_relative_to(root):
            raise UnsafeCheckpoint(
                f"{file.relative_to(path)} is a link that leads outside the checkpoint; "
                "put a copy of the file there"
            )
        kind = file.suffix.lower()
        if kind in _CODE:
            raise UnsafeCheckpoint(f"{file.name}: a checkpoint holds no code; delete the file")
        if kind in _PICKLES and not (file.name == "model.bin" and file.parent.resolve() == draft):
            raise UnsafeCheckpoint(
                f"{file.name}: {kind} files can run code when they are read; "
                "convert the weights to safetensors"
            )


def _inside(root: Path, name: str) -> Path:
    path = (root / name).resolve()
    if not path.is_relative_to(root) or path == root:
        raise UnsafeCheckpoint(f"config.json names {name!r}, which is outside the checkpoint")
    return path


def _verify(root: Path, name: str, expected: str, *, sums: bool) -> None:
    path = _inside(root.resolve(), name)
    if not path.is_file():
        raise BadCheckpoint(f"{root.name}: {name} is missing; build the model again")
    if sums:
        verify_sha256(path, expected)
