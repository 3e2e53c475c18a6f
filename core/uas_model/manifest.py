"""`weights.yaml`: what the trained weights of one model are, and what they stand on."""

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from uas_model.audio_tokens import WINDOW_S
from uas_model.checkpoint import DraftUse
from uas_model.errors import BadCheckpoint, WeightsMissing

MANIFEST_FILE = "weights.yaml"
MAX_RANK = 32

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
PlainName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.safetensors$")]
Scalar = str | int | float | bool


class Manifest(BaseModel):
    """Contents of `weights.yaml`.

    Attributes:
        format: version of this layout.
        name: name of the model that the weights make of the base.
        variant: `nc` when non-commercial data was used, `open` when not.
        licence: SPDX expression of the weights.
        languages: ISO 639-1 codes that the transcript can be in.
        prompt_family: file of `uas_schema/data/prompts` that training used.
        wants_draft: where a drafted transcript goes when the model is served.
        document_window_s: what longer clips are cut to for documents, in seconds; None says no
            other length than the window of the base.
        lora_rank: rows of every LoRA A matrix; 0 when there are none.
        lora_alpha: LoRA products are scaled by alpha / rank.
        base: SHA-256 of each base weight file, by `source/file`.
        files: SHA-256 of each file of trained weights, by name.
        run: how the weights came about: config, seed, steps, data, dates; for people.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
    variant: Literal["nc", "open"]
    licence: Annotated[str, Field(min_length=1)]
    languages: Annotated[tuple[str, ...], Field(min_length=1)]
    prompt_family: str
    wants_draft: DraftUse
    document_window_s: Annotated[int, Field(ge=1, le=WINDOW_S)] | None = None
    lora_rank: Annotated[int, Field(ge=0, le=MAX_RANK)]
    lora_alpha: Annotated[float, Field(ge=0)]
    base: dict[str, Sha256]
    files: dict[PlainName, Sha256] = {}
    run: dict[str, Scalar] = {}

    @property
    def lora_scale(self) -> float:
        """Factor of every LoRA product."""
        return self.lora_alpha / self.lora_rank if self.lora_rank else 0.0


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a folder of trained weights.

    Raises:
        WeightsMissing: the folder has none.
        BadCheckpoint: it is not valid; names the first key that is wrong.
    """
    path = folder / MANIFEST_FILE
    try:
        return Manifest.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise WeightsMissing(f"there are no trained weights in {folder}") from error
    except yaml.YAMLError as error:
        raise BadCheckpoint(f"{folder.name}/{MANIFEST_FILE} is not YAML") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the document"
        raise BadCheckpoint(
            f"{folder.name}/{MANIFEST_FILE}: {place}: {first['msg']}, got {first['input']!r}"
        ) from error


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write the manifest as YAML in the order of its fields."""
    text = yaml.safe_dump(manifest.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    (folder / MANIFEST_FILE).write_text(text, encoding="utf-8")
