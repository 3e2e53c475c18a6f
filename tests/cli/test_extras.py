"""A missing module is answered with the command that installs it."""

import tomllib
from pathlib import Path

import pytest

from uas_cli.extras import (
    extra_with,
    import_name,
    install_command,
    missing_module_message,
    requirements_by_extra,
)

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("module", "extra"),
    [
        ("torch", "model"),
        ("torch.nn.functional", "model"),
        ("faster_whisper", "model"),
        ("soundfile", "signal"),
        ("fastapi", "server"),
        ("multipart", "server"),
        ("pyworld", "pipeline"),
        ("sklearn", "train"),
        ("vllm", "gpu"),
        ("ruff", "dev"),
        ("uas_audio", None),
    ],
)
def test_each_module_is_found_in_the_extra_that_brings_it(module: str, extra: str | None) -> None:
    assert extra_with(module) == extra


def test_the_message_names_the_exact_command() -> None:
    assert missing_module_message("fastapi.responses") == (
        "the module 'fastapi.responses' is not installed; "
        "install it with: pip install 'uas-audio[server]'"
    )


def test_the_metadata_gives_what_pyproject_says() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(requirements_by_extra()) <= set(project["optional-dependencies"])
    assert "torch" in requirements_by_extra()["model"]
    assert set(requirements_by_extra()["model"]) < set(requirements_by_extra()["server"])


def test_import_names_and_commands() -> None:
    assert import_name("PyYAML") == "yaml"
    assert import_name("espeakng-loader") == "espeakng_loader"
    assert install_command("gpu") == "pip install 'uas-audio[gpu]'"
