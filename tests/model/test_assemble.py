"""The assembled model is the two models it was made of, and stock transformers loads it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from gguf import GGUFWriter
from safetensors import safe_open
from transformers import (
    AudioFlamingo3ForConditionalGeneration,
    AutoProcessor,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen2AudioEncoder,
    Qwen2AudioEncoderConfig,
    Qwen2Config,
    Qwen2ForCausalLM,
    WhisperConfig,
)
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from uas_model.base import Base
from uas_model.errors import BadCheckpoint
from uas_model.gguf import read_language_model
from uas_model.load import load_encoder, load_model
from uas_model.parts import Encoder, LanguageModel
from uas_model.tokenizer import Vocabulary

IDS = torch.tensor([[7, 30, 41, 5, 99, 120, 33, 8]])


def llama(part: LanguageModel) -> LlamaForCausalLM:
    """The source language model in stock transformers."""
    shape = part.shape
    config = LlamaConfig(
        vocab_size=shape.vocab_size,
        hidden_size=shape.hidden_size,
        intermediate_size=shape.intermediate_size,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        max_position_embeddings=shape.context_tokens,
        rope_parameters={"rope_type": "default", "rope_theta": shape.rope_theta},
        rms_norm_eps=shape.rms_norm_eps,
    )
    model = LlamaForCausalLM(config)
    model.load_state_dict(part.tensors)
    return model.eval()


def whisper(part: Encoder) -> WhisperEncoder:
    """The source encoder in stock transformers."""
    shape = part.shape
    config = WhisperConfig(
        d_model=shape.hidden_size,
        encoder_ffn_dim=shape.intermediate_size,
        encoder_layers=shape.layers,
        encoder_attention_heads=shape.heads,
        num_mel_bins=shape.mel_bins,
        max_source_positions=shape.positions,
    )
    encoder = WhisperEncoder(config)
    encoder.load_state_dict(part.tensors)
    return encoder.eval()


def before_pooling(encoder: torch.nn.Module, *inputs: torch.Tensor) -> torch.Tensor:
    """What the last transformer layer puts out: `[B, 1500, D]`."""
    seen: list[torch.Tensor] = []
    layer = encoder.layers[-1]
    handle = layer.register_forward_hook(lambda *call: seen.append(call[2]))
    with torch.inference_mode():
        encoder(*inputs)
    handle.remove()
    (output,) = seen
    return output[0] if isinstance(output, tuple) else output


@torch.inference_mode()
def test_logits_equal_those_of_the_source(
    tiny_checkpoint: Path, language_model: LanguageModel
) -> None:
    expected = llama(language_model)(IDS).logits
    found = load_model(tiny_checkpoint)(input_ids=IDS).logits
    torch.testing.assert_close(found[..., : expected.shape[-1]], expected)


def test_encoder_equals_whisper_before_pooling(tiny_checkpoint: Path, encoder: Encoder) -> None:
    features = torch.randn(1, 80, 3000, generator=torch.Generator().manual_seed(0))
    mask = torch.ones(1, 3000, dtype=torch.int64)
    expected = before_pooling(whisper(encoder), features)
    found = before_pooling(load_encoder(tiny_checkpoint), features, mask)
    torch.testing.assert_close(found, expected)


def test_stock_transformers_loads_the_folder_without_a_word(tiny_checkpoint: Path) -> None:
    program = (
        "import sys\n"
        "from transformers import AudioFlamingo3ForConditionalGeneration as Model, AutoProcessor\n"
        "model, report = Model.from_pretrained(sys.argv[1], output_loading_info=True)\n"
        "AutoProcessor.from_pretrained(sys.argv[1])\n"
        "print(sorted(key for key, value in report.items() if value))\n"
    )
    finished = subprocess.run(  # noqa: S603 - this interpreter, a program from above
        [sys.executable, "-W", "error", "-c", program, str(tiny_checkpoint)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert finished.stdout.strip() == "[]"
    assert "warn" not in finished.stderr.lower()
    assert "missing" not in finished.stderr.lower()


@torch.inference_mode()
def test_stock_transformers_reads_a_clip(tiny_checkpoint: Path) -> None:
    processor = AutoProcessor.from_pretrained(tiny_checkpoint)
    model = AudioFlamingo3ForConditionalGeneration.from_pretrained(tiny_checkpoint)
    samples = np.sin(np.arange(16_000, dtype=np.float32))
    inputs = processor(text="<|im_start|>user\n<sound>", audio=samples)
    with_audio = model(**inputs).logits
    silent = model(**processor(text="<|im_start|>user\n<sound>", audio=0 * samples)).logits
    assert with_audio.isfinite().all()
    assert not torch.allclose(with_audio[0, -1], silent[0, -1])


def test_names_are_those_of_vllms_modules(tiny_checkpoint: Path, tiny_base: Base) -> None:
    """vLLM 0.32: `Qwen2AudioEncoder` of transformers, a projector, and a `Qwen2ForCausalLM`.

    Its loader takes the projections of a layer apart, under the names of transformers' Qwen2.
    """
    config = tiny_base.model.config
    audio, text = config.audio_config, config.text_config
    assert isinstance(text, Qwen2Config)
    tower = Qwen2AudioEncoder(
        Qwen2AudioEncoderConfig(
            num_mel_bins=audio.num_mel_bins,
            encoder_layers=audio.num_hidden_layers,
            encoder_attention_heads=audio.num_attention_heads,
            encoder_ffn_dim=audio.intermediate_size,
            d_model=audio.hidden_size,
        )
    )
    expected = {f"audio_tower.{name}" for name in tower.state_dict()}
    expected |= {f"language_model.{name}" for name in Qwen2ForCausalLM(text).state_dict()}
    for layer in ("linear_1", "linear_2"):
        expected |= {f"multi_modal_projector.{layer}.{kind}" for kind in ("weight", "bias")}
    with safe_open(tiny_checkpoint / "model.safetensors", framework="pt") as weights:
        assert set(weights.keys()) == expected


def test_a_new_token_gets_the_row_of_the_end_of_text(
    tiny_base: Base, language_model: LanguageModel
) -> None:
    for name in ("model.embed_tokens.weight", "lm_head.weight"):
        grown = tiny_base.model.tensors[f"language_model.{name}"]
        source = language_model.tensors[name]
        assert grown.shape[0] == source.shape[0] + 1
        assert torch.equal(grown[:-1], source)
        assert torch.equal(grown[-1], source[0])


def write_gguf(
    path: Path, part: LanguageModel, vocabulary: Vocabulary, architecture: str = "llama"
) -> None:
    """A GGUF file of a language model, rows of q and k interleaved as llama.cpp does it."""
    writer = GGUFWriter(path, architecture)
    shape = part.shape
    writer.add_vocab_size(shape.vocab_size)
    writer.add_embedding_length(shape.hidden_size)
    writer.add_feed_forward_length(shape.intermediate_size)
    writer.add_block_count(shape.layers)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_context_length(shape.context_tokens)
    writer.add_rope_freq_base(shape.rope_theta)
    writer.add_layer_norm_rms_eps(shape.rms_norm_eps)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(vocabulary.pre_tokenizer)
    writer.add_token_list(list(vocabulary.tokens))
    kinds = [3 if index in vocabulary.control_ids else 1 for index in range(shape.vocab_size)]
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(pair) for pair in vocabulary.merges])
    for name, tensor in part.tensors.items():
        if name != "lm_head.weight":
            writer.add_tensor(_gguf_name(name), _interleaved(name, tensor.numpy(), part))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _gguf_name(name: str) -> str:
    renamed = {
        "model.embed_tokens": "token_embd",
        "model.norm": "output_norm",
        "model.layers.": "blk.",
        "input_layernorm": "attn_norm",
        "post_attention_layernorm": "ffn_norm",
        "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output",
        "mlp.gate_proj": "ffn_gate",
        "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down",
    }
    for ours, theirs in renamed.items():
        name = name.replace(ours, theirs)
    return name


def _interleaved(name: str, values: np.ndarray, part: LanguageModel) -> np.ndarray:
    """llama.cpp's `permute` of convert_hf_to_gguf.py."""
    heads = {"q_proj.weight": part.shape.heads, "k_proj.weight": part.shape.kv_heads}
    count = heads.get(name.rsplit(".self_attn.", maxsplit=1)[-1])
    if count is None:
        return values
    split = values.reshape(count, 2, values.shape[0] // count // 2, values.shape[1])
    return np.ascontiguousarray(split.swapaxes(1, 2).reshape(values.shape))


def test_a_gguf_file_gives_back_the_model(
    language_model: LanguageModel, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    path = tmp_path / "model.gguf"
    write_gguf(path, language_model, vocabulary)
    found = read_language_model(path)
    assert found.shape.layers == language_model.shape.layers
    assert found.tensors.keys() == language_model.tensors.keys()
    for name, tensor in language_model.tensors.items():
        assert torch.equal(found.tensors[name], tensor), name
    text = "the user 42 <|im_end|>"
    assert found.tokenizer.encode(text).ids == language_model.tokenizer.encode(text).ids


def test_a_gguf_file_of_another_architecture_is_refused(
    language_model: LanguageModel, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    path = tmp_path / "model.gguf"
    write_gguf(path, language_model, vocabulary, architecture="gemma")
    with pytest.raises(BadCheckpoint, match=r"general\.architecture is 'gemma'; only 'llama'"):
        read_language_model(path)
