"""Why some families of `docs/architectures.md` are not served: a test fails when its reason goes.

Run by `make test-vllm`.
"""

import importlib
import importlib.util
import json
from pathlib import Path

import pytest
from tiny_families import NEED_TORCHVISION
from vllm_subject import vllm_installed

from uas_model.checkpoint import Checkpoint
from uas_model.errors import UnsafeCheckpoint

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.slow,
    pytest.mark.skipif(not vllm_installed(), reason="vLLM is not installed; run: make test-vllm"),
]


@pytest.mark.parametrize("module", sorted(set(NEED_TORCHVISION.values())))
def test_a_module_of_vllm_needs_torchvision(module: str) -> None:
    if importlib.util.find_spec("torchvision") is not None:
        pytest.skip("torchvision is installed here, and the family is served")
    with pytest.raises(ModuleNotFoundError, match="torchvision"):
        importlib.import_module(f"vllm.model_executor.models.{module}")


def test_step_audio_2_is_in_no_list_of_vllm() -> None:
    from vllm import ModelRegistry

    assert not [name for name in ModelRegistry.get_supported_archs() if "StepAudio2" in name]


def test_kimi_audio_has_a_model_but_no_configuration(tmp_path: Path) -> None:
    from vllm import ModelRegistry
    from vllm.transformers_utils.config import get_config

    config = {"architectures": ["MoonshotKimiaForCausalLM"], "model_type": "kimi_audio"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert "MoonshotKimiaForCausalLM" in ModelRegistry.get_supported_archs()
    with pytest.raises(ValueError, match="kimi_audio"):
        get_config(str(tmp_path), trust_remote_code=False)


@pytest.mark.parametrize("model_type", ["kimi_audio", "step_audio_2", "uas_audio"])
def test_code_of_a_checkpoint_is_refused(model_type: str, tmp_path: Path) -> None:
    config = {"model_type": model_type, "auto_map": {"AutoModelForCausalLM": "modeling.Model"}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(UnsafeCheckpoint, match="wants to run its own code"):
        Checkpoint.open(tmp_path)
