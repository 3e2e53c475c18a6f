"""Random checkpoints of audio language models that users bring, in the layouts they come in.

Weights come from the classes of transformers and are written under the published names, with the
configuration and the processor beside them. No remote code, and no `uas` section.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tiny_checkpoint import tiny_tokenizer
from transformers import (
    AudioFlamingo3Config,
    AudioFlamingo3ForConditionalGeneration,
    AudioFlamingo3Processor,
    PreTrainedTokenizerFast,
    Qwen2_5OmniThinkerConfig,
    Qwen2_5OmniThinkerForConditionalGeneration,
    Qwen2AudioConfig,
    Qwen2AudioForConditionalGeneration,
    Qwen2AudioProcessor,
    Qwen3ASRConfig,
    Qwen3ASRForConditionalGeneration,
    WhisperFeatureExtractor,
)

from uas_model.export import END_OF_TURN, PADDING
from uas_model.tokenizer import AUDIO_TOKEN

MEL_BINS = 80
HIDDEN = 128
HEADS = {"num_attention_heads": 4, "num_key_value_heads": 2}
"""32 numbers a head, the fewest that vLLM's attention on a CPU takes."""

TEXT = {
    "hidden_size": HIDDEN,
    "intermediate_size": 192,
    "num_hidden_layers": 2,
    "max_position_embeddings": 4096,
    "tie_word_embeddings": False,
    **HEADS,
}
ENCODER = {
    "num_mel_bins": MEL_BINS,
    "d_model": 64,
    "encoder_layers": 2,
    "encoder_attention_heads": 2,
    "encoder_ffn_dim": 64,
}
MROPE = {"rope_type": "default", "mrope_section": [6, 5, 5], "rope_theta": 10_000.0}
CHATML = (PADDING, "<|im_start|>", END_OF_TURN)
CLIP = {"audio": "<|AUDIO|>", "audio_bos": "<|audio_bos|>", "audio_eos": "<|audio_eos|>"}
PADDED_CLIP = {
    "audio": "<|audio_pad|>",
    "audio_bos": "<|audio_start|>",
    "audio_eos": "<|audio_end|>",
}
PICTURES = {
    "image": "<|IMAGE|>",
    "video": "<|VIDEO|>",
    "vision_bos": "<|vision_bos|>",
    "vision_eos": "<|vision_eos|>",
}


def audio_flamingo_3(folder: Path) -> None:
    """The layout of Audio Flamingo 3."""
    tokenizer = _tokenizer({"audio": AUDIO_TOKEN})
    AudioFlamingo3Processor(_features(), tokenizer, audio_token=AUDIO_TOKEN).save_pretrained(folder)
    config = AudioFlamingo3Config(
        audio_config={
            "num_mel_bins": MEL_BINS,
            "hidden_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "intermediate_size": 64,
        },
        text_config={"model_type": "qwen2", "vocab_size": len(tokenizer), **TEXT},
        audio_token_id=tokenizer.convert_tokens_to_ids(AUDIO_TOKEN),
        architectures=["AudioFlamingo3ForConditionalGeneration"],
    )
    config.save_pretrained(folder)
    _write_weights(AudioFlamingo3ForConditionalGeneration(config), folder, _LANGUAGE_MODEL_APART)


def qwen2_audio(folder: Path) -> None:
    """The layout of Qwen2-Audio."""
    tokenizer = _tokenizer(CLIP)
    Qwen2AudioProcessor(_features(), tokenizer).save_pretrained(folder)
    config = Qwen2AudioConfig(
        audio_config=dict(ENCODER),
        text_config={"model_type": "qwen2", "vocab_size": len(tokenizer), **TEXT},
        audio_token_index=tokenizer.convert_tokens_to_ids(CLIP["audio"]),
        architectures=["Qwen2AudioForConditionalGeneration"],
    )
    config.save_pretrained(folder)
    _write_weights(Qwen2AudioForConditionalGeneration(config), folder, _LANGUAGE_MODEL_APART)


def qwen3_asr(folder: Path, clip: Mapping[str, str] = PADDED_CLIP) -> None:
    """The layout of Qwen3-ASR: an AuT encoder and a Qwen3 language model inside a thinker."""
    tokenizer = _tokenizer(clip)
    _save_processor(folder, "Qwen3ASRProcessor", tokenizer)
    audio = {**ENCODER, "output_dim": HIDDEN, "downsample_hidden_size": 32}
    text = {**TEXT, "head_dim": 32, "vocab_size": len(tokenizer)}
    thinker = {
        "model_type": "qwen3_asr_thinker",
        "audio_config": {"model_type": "qwen3_asr_audio_encoder", "n_window": 50, **audio},
        "text_config": {"model_type": "qwen3_asr_text", "rope_scaling": MROPE, **text},
        "audio_token_id": tokenizer.convert_tokens_to_ids(clip["audio"]),
    }
    _write_config(folder, "Qwen3ASRForConditionalGeneration", "qwen3_asr", thinker_config=thinker)
    in_memory = Qwen3ASRConfig(
        audio_config=audio,
        text_config={"model_type": "qwen3", **text},
        audio_token_id=thinker["audio_token_id"],
        tie_word_embeddings=False,
    )
    names = {
        "model.multi_modal_projector.linear_1.": "thinker.audio_tower.proj1.",
        "model.multi_modal_projector.linear_2.": "thinker.audio_tower.proj2.",
        "model.language_model.": "thinker.model.",
        "model.": "thinker.",
        "lm_head.": "thinker.lm_head.",
    }
    _write_weights(Qwen3ASRForConditionalGeneration(in_memory), folder, names)


def uas_audio(folder: Path) -> None:
    """The published UAS-Audio checkpoint as near as stock code comes to it.

    Its encoder, its rate, its control tokens and its prompts, with the language model of Qwen3-ASR
    in the place of a Qwen2.5. The `uas` section names the prompts.
    """
    qwen3_asr(folder, CLIP)
    config = json.loads((folder / "config.json").read_text())
    config["uas"] = {
        "name": "tiny-uas-audio",
        "prompt_family": "uas-audio",
        "wants_draft": "none",
        "draft_model": None,
        "languages": ["en", "zh"],
        "licence": "Apache-2.0",
        "window_s": 30,
    }
    (folder / "config.json").write_text(json.dumps(config))


def qwen2_5_omni(folder: Path) -> None:
    """The layout of Qwen2.5-Omni, with its thinker alone."""
    tokenizer = _tokenizer({**CLIP, **PICTURES})
    _save_processor(folder, "Qwen2_5OmniProcessor", tokenizer, pictures=True)
    index = {
        f"{name}_token_index": tokenizer.convert_tokens_to_ids(token)
        for name, token in (CLIP | PICTURES).items()
        if name in ("audio", "image", "video")
    }
    config = Qwen2_5OmniThinkerConfig(
        audio_config={**ENCODER, "output_dim": HIDDEN},
        vision_config={
            "depth": 1,
            "hidden_size": 64,
            "intermediate_size": 64,
            "num_heads": 2,
            "out_hidden_size": HIDDEN,
            "fullatt_block_indexes": [0],
        },
        text_config={"vocab_size": len(tokenizer), "rope_parameters": MROPE, **TEXT},
        **index,
    )
    architecture = "Qwen2_5OmniModel"
    _write_config(folder, architecture, "qwen2_5_omni", thinker_config=config.to_dict())
    _write_weights(Qwen2_5OmniThinkerForConditionalGeneration(config), folder, {"": "thinker."})


_LANGUAGE_MODEL_APART = {
    "model.language_model.": "language_model.model.",
    "lm_head.": "language_model.lm_head.",
    "model.": "",
}

FAMILIES: Mapping[str, Callable[[Path], None]] = {
    "audio-flamingo-3": audio_flamingo_3,
    "qwen2-audio": qwen2_audio,
    "qwen3-asr": qwen3_asr,
    "uas-audio": uas_audio,
    "qwen2.5-omni": qwen2_5_omni,
}
"""What writes a checkpoint, by prompt family."""

NEED_TORCHVISION = {
    "qwen3-asr": "qwen3_asr",
    "uas-audio": "qwen3_asr",
    "qwen2.5-omni": "qwen2_5_omni_thinker",
}
"""Families whose module in vLLM loads what reads pictures, whether there are any or not."""


def _tokenizer(named: Mapping[str, str]) -> PreTrainedTokenizerFast:
    """A small vocabulary with the control tokens of ChatML and `named` ones."""
    return PreTrainedTokenizerFast(
        tokenizer_object=tiny_tokenizer((*CHATML, *named.values())),
        eos_token=END_OF_TURN,
        pad_token=PADDING,
        clean_up_tokenization_spaces=False,
        extra_special_tokens={f"{name}_token": token for name, token in named.items()},
    )


def _features() -> WhisperFeatureExtractor:
    return WhisperFeatureExtractor(feature_size=MEL_BINS, return_attention_mask=True)


def _save_processor(
    folder: Path, name: str, tokenizer: PreTrainedTokenizerFast, *, pictures: bool = False
) -> None:
    """Tokenizer and feature extractor as files; the class itself may want packages for pictures."""
    tokenizer.save_pretrained(folder)
    settings = _features().to_dict() | {"processor_class": name}
    settings["feature_extractor_type"] = "WhisperFeatureExtractor"
    if pictures:
        settings["image_processor_type"] = "Qwen2VLImageProcessor"
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    file = folder / "tokenizer_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"processor_class": name}))


def _write_config(folder: Path, architecture: str, model_type: str, **parts: Any) -> None:
    config = {"architectures": [architecture], "model_type": model_type, "dtype": "bfloat16"}
    (folder / "config.json").write_text(json.dumps(config | parts))


def _write_weights(model: torch.nn.Module, folder: Path, names: Mapping[str, str]) -> None:
    """Random weights, the same every time; `names` are prefixes in memory and as published."""
    torch.manual_seed(7)
    for name, parameter in model.named_parameters():
        if "norm" not in name and not name.endswith("ln_post.weight"):
            torch.nn.init.normal_(parameter, std=0.15)
    tensors = model.to(torch.bfloat16).state_dict()
    published = {_published(name, names): tensor for name, tensor in tensors.items()}
    save_file(published, folder / "model.safetensors", metadata={"format": "pt"})


def _published(name: str, names: Mapping[str, str]) -> str:
    prefix = next((prefix for prefix in names if name.startswith(prefix)), None)
    return name if prefix is None else names[prefix] + name.removeprefix(prefix)
