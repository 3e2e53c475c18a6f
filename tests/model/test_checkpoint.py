"""Row "Weights" of the robustness table: what is unsafe or wrong is refused, in one clear line."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from uas_model.checkpoint import Checkpoint, CheckpointInfo
from uas_model.errors import BadCheckpoint, ChecksumMismatch, RefusedModel, UnsafeCheckpoint


def _edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    change(config)
    (path / "config.json").write_text(json.dumps(config), encoding="utf-8")


def _pickle(path: Path) -> None:
    (path / "pytorch_model.bin").write_bytes(pickle.dumps({"weight": 1}))


def _pickle_in_a_folder(path: Path) -> None:
    (path / "more").mkdir()
    (path / "more" / "optimizer.PT").write_bytes(pickle.dumps({}))


def _renamed_draft(path: Path) -> None:
    (path / "draft" / "model.bin").rename(path / "draft" / "weights.bin")


def _code(path: Path) -> None:
    (path / "modeling_tiny.py").write_text("print('hello')\n", encoding="utf-8")


def _link(path: Path) -> None:
    outside = path.parent / "outside.json"
    outside.write_text("{}", encoding="utf-8")
    (path / "extra.json").symlink_to(outside)


def _linked_weights(path: Path) -> None:
    outside = path.parent / "model.safetensors"
    (path / "model.safetensors").rename(outside)
    (path / "model.safetensors").symlink_to(outside)


def _linked_folder(path: Path) -> None:
    (path / "more").symlink_to(path.parent, target_is_directory=True)


def _remote_code(path: Path) -> None:
    _edit(path, lambda config: config.update(auto_map={"AutoModel": "modeling_tiny.Model"}))


def _nested_remote_code(path: Path) -> None:
    _edit(path, lambda config: config["text_config"].update(trust_remote_code=True))


def _tokenizer_remote_code(path: Path) -> None:
    file = path / "tokenizer_config.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    document["auto_map"] = {"AutoTokenizer": ["tokenizer.Tokenizer", None]}
    file.write_text(json.dumps(document), encoding="utf-8")


def _draft_outside(path: Path) -> None:
    _edit(path, lambda config: config["uas"].update(draft_model="../draft"))


def _sum_outside(path: Path) -> None:
    _edit(path, lambda config: config["uas"]["weights_sha256"].update({"../secret": "0" * 64}))


def _changed_weights(path: Path) -> None:
    file = path / "model.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(bytes(data))


def _changed_draft(path: Path) -> None:
    (path / "draft" / "model.bin").write_bytes(b"another")


def _missing_weights(path: Path) -> None:
    (path / "model.safetensors").unlink()


def _no_section(path: Path) -> None:
    _edit(path, lambda config: (config.pop("uas"), config.update(architectures=["Other"])))


def _no_section_for_the_draft(path: Path) -> None:
    """Its architecture is known; that a pickle may lie there is what only the section says."""
    _edit(path, lambda config: config.pop("uas"))


def _unknown_family(path: Path) -> None:
    _edit(path, lambda config: config["uas"].update(prompt_family="qwen2-audioo"))


def _unknown_key(path: Path) -> None:
    _edit(path, lambda config: config["uas"].update(drafts="forced"))


def _wrong_draft_use(path: Path) -> None:
    _edit(path, lambda config: config["uas"].update(wants_draft="always"))


def _window_of_nothing(path: Path) -> None:
    _edit(path, lambda config: config["uas"].update(document_window_s=0))


def _window_beyond_the_model(path: Path) -> None:
    _edit(path, lambda config: config["uas"].update(document_window_s=31))


def _window_that_is_no_number(path: Path) -> None:
    _edit(path, lambda config: config["uas"].update(document_window_s=True))


def _tokens_without_a_codebook(path: Path) -> None:
    _edit(path, lambda config: config["uas"].update(audio="tokens"))


def _wrong_audio(path: Path) -> None:
    _edit(path, lambda config: config["uas"].update(audio="words"))


def _no_json(path: Path) -> None:
    (path / "config.json").write_text("{", encoding="utf-8")


def _no_config(path: Path) -> None:
    (path / "config.json").unlink()


REFUSALS = [
    (_pickle, UnsafeCheckpoint, "pytorch_model.bin: .bin files can run code"),
    (_pickle_in_a_folder, UnsafeCheckpoint, "optimizer.PT: .pt files can run code"),
    (_renamed_draft, RefusedModel, "weights.bin: .bin files can run code"),
    (_code, UnsafeCheckpoint, "modeling_tiny.py: a checkpoint holds no code"),
    (_link, UnsafeCheckpoint, "extra.json is a link that leads outside"),
    (_linked_weights, UnsafeCheckpoint, "model.safetensors is a link that leads outside"),
    (_linked_folder, UnsafeCheckpoint, "more is a link that leads outside"),
    (_remote_code, UnsafeCheckpoint, "config.json sets 'auto_map'"),
    (_nested_remote_code, UnsafeCheckpoint, "config.json sets 'trust_remote_code'"),
    (_tokenizer_remote_code, UnsafeCheckpoint, "tokenizer_config.json sets 'auto_map'"),
    (_draft_outside, UnsafeCheckpoint, "'../draft', which is outside"),
    (_sum_outside, UnsafeCheckpoint, "'../secret', which is outside"),
    (_changed_weights, ChecksumMismatch, "model.safetensors: SHA-256 is"),
    (_changed_draft, ChecksumMismatch, "model.bin: SHA-256 is"),
    (_missing_weights, BadCheckpoint, "model.safetensors is missing"),
    (_no_section, BadCheckpoint, "has no 'uas' section; no prompt family for the architectures"),
    (_no_section_for_the_draft, UnsafeCheckpoint, "model.bin: .bin files can run code"),
    (_unknown_family, BadCheckpoint, "no prompt family 'qwen2-audioo': did you mean"),
    (_unknown_key, BadCheckpoint, "drafts"),
    (_wrong_draft_use, BadCheckpoint, "wants_draft is 'always'"),
    (_window_of_nothing, BadCheckpoint, "document_window_s is 0; expected whole seconds"),
    (_window_beyond_the_model, BadCheckpoint, "document_window_s is 31; expected whole seconds"),
    (_window_that_is_no_number, BadCheckpoint, "document_window_s is True; expected whole"),
    (_tokens_without_a_codebook, BadCheckpoint, "has no codebook/codebook.safetensors; copy it"),
    (_wrong_audio, BadCheckpoint, "audio is 'words'; expected one of ('states', 'tokens')"),
    (_no_json, BadCheckpoint, "config.json is not JSON"),
    (_no_config, BadCheckpoint, "it has no config.json; run: uas model build"),
]


@pytest.mark.parametrize(("damage", "error", "message"), REFUSALS)
def test_a_bad_checkpoint_is_refused_in_one_line(
    tiny_checkpoint: Path,
    damage: Callable[[Path], None],
    error: type[RefusedModel],
    message: str,
    evidence: Callable[..., None],
) -> None:
    damage(tiny_checkpoint)
    with pytest.raises(error) as caught:
        Checkpoint.open(tiny_checkpoint)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    evidence("Weights", {"refused with": error.__name__})


def test_a_good_checkpoint_opens(tiny_checkpoint: Path, info: CheckpointInfo) -> None:
    checkpoint = Checkpoint.open(tiny_checkpoint)
    assert checkpoint.info.name == info.name
    assert checkpoint.info.languages == ("en",)
    assert checkpoint.draft_path == tiny_checkpoint / "draft"
    assert (checkpoint.info.audio, checkpoint.codebook_path) == ("states", None)
    assert checkpoint.tokenizer.audio_id == len(checkpoint.tokenizer) - 1
    assert set(checkpoint.info.weights_sha256) == {
        "draft/model.bin",
        "model.safetensors",
        "tokenizer.json",
    }


def test_documents_may_be_cut_shorter_than_the_window(tiny_checkpoint: Path) -> None:
    _edit(tiny_checkpoint, lambda config: config["uas"].update(document_window_s=12))
    info = Checkpoint.open(tiny_checkpoint).info
    assert (info.window_s, info.longest_described_s) == (30, 12)


def test_a_checkpoint_from_before_that_length_takes_its_window(tiny_checkpoint: Path) -> None:
    _edit(tiny_checkpoint, lambda config: config["uas"].pop("document_window_s"))
    assert Checkpoint.open(tiny_checkpoint).info.longest_described_s == 30


def test_sums_can_be_left_unread_but_files_must_be_there(tiny_checkpoint: Path) -> None:
    _changed_weights(tiny_checkpoint)
    Checkpoint.open(tiny_checkpoint, verify=False)
    _missing_weights(tiny_checkpoint)
    with pytest.raises(BadCheckpoint, match="is missing"):
        Checkpoint.open(tiny_checkpoint, verify=False)


def test_a_checkpoint_of_others_is_known_by_its_architecture(tiny_checkpoint: Path) -> None:
    _edit(tiny_checkpoint, lambda config: config.pop("uas"))
    (tiny_checkpoint / "draft" / "model.bin").unlink()
    checkpoint = Checkpoint.open(tiny_checkpoint)
    assert checkpoint.info == CheckpointInfo.of_family(tiny_checkpoint.name, checkpoint.prompts)
    assert checkpoint.info.prompt_family == "audio-flamingo-3"
    assert checkpoint.info.wants_draft == "none"
    assert checkpoint.model_type == "audioflamingo3"
    assert checkpoint.tokenizer.audio_id == len(checkpoint.tokenizer) - 1
