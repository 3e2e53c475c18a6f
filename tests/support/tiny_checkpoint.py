"""A random checkpoint of the real architecture, small enough to build in a test."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AudioFlamingo3Config, AudioFlamingo3ForConditionalGeneration

from uas_model.tokens import TextTokens
from uas_schema.document import Event, UasDocument
from uas_schema.skeleton import no_voice_skeleton, voice_skeleton

CONTROL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<sound>")


def tiny_tokens(folder: Path) -> TextTokens:
    """The vocabulary of the tiny checkpoint, as a file and read back."""
    folder.mkdir(parents=True, exist_ok=True)
    tiny_tokenizer(CONTROL).save(str(folder / "tokenizer.json"))
    return TextTokens(folder / "tokenizer.json")


def tiny_tokenizer(control: Sequence[str], *, whole_characters: bool = False) -> Tokenizer:
    """All bytes, the control tokens, and merges that run across quotes and skeleton seams.

    With `whole_characters` no merge is of bytes of a longer character: outlines inside vLLM 0.32
    takes the last bytes of one for U+FFFD.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=640,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=[AddedToken(token, special=True) for token in control],
        show_progress=False,
    )
    texts = [text for text in _texts() if text.isascii() or not whole_characters]
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def tiny_config(
    vocabulary_size: int, audio_token_id: int, hidden_size: int = 64
) -> AudioFlamingo3Config:
    """Two layers everywhere; 4 query heads share 2 key heads."""
    return AudioFlamingo3Config(
        audio_config={
            "model_type": "audioflamingo3_encoder",
            "num_mel_bins": 80,
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "intermediate_size": 64,
        },
        text_config={
            "model_type": "qwen2",
            "vocab_size": vocabulary_size,
            "hidden_size": hidden_size,
            "intermediate_size": 96,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 4096,
        },
        audio_token_id=audio_token_id,
    )


def tiny_model(config: AudioFlamingo3Config) -> AudioFlamingo3ForConditionalGeneration:
    """Stock transformers with random weights, biases among them, the same every time."""
    torch.manual_seed(7)
    model = AudioFlamingo3ForConditionalGeneration(config).eval()
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(parameter, std=0.3)
        elif "norm" not in name:
            torch.nn.init.normal_(parameter, std=0.15)
    return model


def published_weights(
    model: AudioFlamingo3ForConditionalGeneration,
) -> dict[str, torch.Tensor]:
    """The model's tensors under the names of an exported checkpoint."""
    return {
        name.removeprefix("model.")
        .replace("language_model.", "language_model.model.")
        .replace("lm_head.", "language_model.lm_head."): tensor
        for name, tensor in model.state_dict().items()
    }


def build_tiny_checkpoint(folder: Path) -> Path:
    """Write a checkpoint folder that `Checkpoint.open` takes."""
    tokens = tiny_tokens(folder)
    config = tiny_config(len(tokens), tokens.audio_id)
    save_file(published_weights(tiny_model(config)), folder / "model.safetensors")
    document: dict[str, Any] = json.loads(config.to_json_string(use_diff=False))
    document["uas"] = {
        "name": "tiny-random",
        "prompt_family": "smollm2-chatml",
        "wants_draft": "forced",
        "draft_model": None,
        "languages": ["en"],
        "licence": "Apache-2.0",
        "window_s": 30,
    }
    (folder / "config.json").write_text(json.dumps(document))
    return folder


def _texts() -> list[str]:
    nodes = (*voice_skeleton(), *no_voice_skeleton())
    literals = [node.text for node in nodes if hasattr(node, "text")]
    events = (Event(label="dog bark", characteristic="loud, near"),)
    document = UasDocument.no_voice("Rain on a roof", events, events).canonical()
    odd = [
        '"',
        '",',
        '"}',
        '\\"',
        '\\\\"',
        '."',
        "é",
        "你好",
        "😀",
        "0",
        "[]",
        "]}}",
        '"Adult"',
        "null",
    ]
    return [*literals, document, *odd] * 4
