"""The tensor names of published AudioFlamingo3 checkpoints, which vLLM and transformers read.

transformers 5 holds the same tensors under other names in memory; `published_name` turns one into
the other. Source: `load_weights` of vllm/model_executor/models/audioflamingo3.py (0.32.0), whose
modules are `audio_tower`, `multi_modal_projector` and `language_model` (a `Qwen2ForCausalLM`).
"""

import re
from collections.abc import Iterable

from uas_model.errors import BadCheckpoint

ENCODER = "audio_tower."
PROJECTOR = "multi_modal_projector."
EMBEDDINGS = "language_model.model.embed_tokens.weight"
OUTPUT = "language_model.lm_head.weight"

_PUBLISHED = re.compile(
    r"audio_tower\.(conv[12]|layer_norm|layers\.\d+\.\w+(\.\w+)?)\.(weight|bias)"
    r"|audio_tower\.embed_positions\.weight"
    r"|multi_modal_projector\.linear_[12]\.(weight|bias)"
    r"|language_model\.model\.(embed_tokens|norm)\.weight"
    r"|language_model\.model\.layers\.\d+\.\w+(\.\w+)?\.(weight|bias)"
    r"|language_model\.lm_head\.weight"
)
_IN_MEMORY = {
    "model.audio_tower.": ENCODER,
    "model.multi_modal_projector.": PROJECTOR,
    "model.language_model.": "language_model.model.",
    "lm_head.": "language_model.lm_head.",
}


def check_names(names: Iterable[str]) -> None:
    """Check that vLLM and transformers will find every tensor.

    Raises:
        BadCheckpoint: names the first tensor that they would not.
    """
    for name in names:
        if not _PUBLISHED.fullmatch(name):
            raise BadCheckpoint(
                f"tensor {name!r} is not a name that vLLM reads; expected audio_tower.*, "
                "multi_modal_projector.*, language_model.model.* or language_model.lm_head.weight"
            )


def published_name(in_memory: str) -> str:
    """Name in a checkpoint of a parameter of `AudioFlamingo3ForConditionalGeneration`.

    Raises:
        BadCheckpoint: the parameter belongs to no part of that model.
    """
    for prefix, published in _IN_MEMORY.items():
        if in_memory.startswith(prefix):
            return published + in_memory.removeprefix(prefix)
    raise BadCheckpoint(
        f"parameter {in_memory!r} is not one of AudioFlamingo3ForConditionalGeneration; "
        "remove wrappers (PEFT, compile, data parallel) before naming it"
    )


def in_memory_name(published: str) -> str:
    """Name of a checkpoint's tensor in `AudioFlamingo3ForConditionalGeneration`.

    Raises:
        BadCheckpoint: it is no published name.
    """
    check_names([published])
    for prefix, start in _IN_MEMORY.items():
        if published.startswith(start):
            return prefix + published.removeprefix(start)
    raise BadCheckpoint(f"tensor {published!r} belongs to no part of the model")
