"""A random checkpoint that reads audio tokens, written as `uas train expand` writes one."""

import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tiny_checkpoint import CONTROL, published_weights, tiny_config, tiny_model, tiny_tokenizer
from tokenizers import AddedToken

from uas_model.checkpoint import CODEBOOK_FILE, CODEBOOK_FOLDER, CheckpointInfo
from uas_model.codebook import Codebook, audio_token_names, write_codebook
from uas_model.export import write_config, write_processor, write_weights
from uas_model.runner.audio_encoder import AudioEncoder

SIZE = 16
HIDDEN = 128  # 32 numbers a head, the fewest that vLLM's attention on a CPU takes


def noise(seed: int, n_samples: int = 16_000) -> NDArray[np.float32]:
    """A clip of noise that grows louder."""
    drawn = np.random.default_rng(seed).normal(0, 0.2, n_samples)
    return (drawn * np.linspace(0.01, 1, n_samples)).astype(np.float32)


def build_tiny_discrete(folder: Path) -> Path:
    """Write a checkpoint folder whose centroids are states of a clip of noise."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = tiny_tokenizer(CONTROL, whole_characters=True)
    names = audio_token_names(SIZE)
    tokenizer.add_special_tokens([AddedToken(name, normalized=False) for name in names])
    size = tokenizer.get_vocab_size(with_added_tokens=True)
    config = tiny_config(size, tokenizer.token_to_id("<sound>"), HIDDEN)
    weights = published_weights(tiny_model(config))
    encoder = AudioEncoder(config.audio_config.to_dict(), weights)
    with torch.inference_mode():
        centroids = encoder.hear(noise(0))[:SIZE].clone()
    write_codebook(Codebook(centroids), folder / CODEBOOK_FOLDER / CODEBOOK_FILE)
    write_weights(weights.items(), folder, torch.float32)
    write_processor(tokenizer, folder, 80, "smollm2-chatml")
    info = CheckpointInfo(
        name="tiny-discrete",
        prompt_family="smollm2-chatml",
        wants_draft="forced",
        draft_model=None,
        languages=("en",),
        licence="Apache-2.0",
        window_s=30,
        audio="tokens",
    )
    write_config(config, folder, torch.float32, info)
    return folder


def unsigned(folder: Path) -> None:
    """Take the sums out of a checkpoint, so that a file may be another one."""
    file = folder / "config.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    config["uas"]["weights_sha256"] = {}
    file.write_text(json.dumps(config), encoding="utf-8")
