"""`uas serve`, `describe` and `ask`: what they print, and how they end."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_checkpoint import build_tiny_checkpoint
from tiny_discrete import build_tiny_discrete
from vllm_subject import vllm_installed

from uas_cli.command import CommandError, ExitCode
from uas_cli.main import parser_of
from uas_server import ask_command, describe_command, serve_command

ROOT = Path(__file__).parents[2]


def run(command, *words: str) -> int:
    return command.run(parser_of(command).parse_args(words))


@pytest.fixture(scope="module")
def live_url(server_of):
    with server_of().live() as url:
        yield url


@pytest.fixture
def files(tmp_path, clip):
    good, bad = tmp_path / "good.wav", tmp_path / "bad.wav"
    good.write_bytes(clip)
    bad.write_bytes(b"no audio")
    return str(good), str(bad)


def test_print_openapi_is_the_committed_file(capsys):
    assert run(serve_command.command, "--print-openapi") == ExitCode.OK
    assert capsys.readouterr().out == (ROOT / "openapi.yaml").read_text(encoding="utf-8")


def test_describe_prints_one_line_per_file_and_goes_on_after_a_bad_one(live_url, files, capsys):
    good, bad = files
    code = run(describe_command.command, good, bad, good, "--server", live_url)
    out, err = capsys.readouterr()
    assert code == ExitCode.FAILED
    assert [json.loads(line)["usage"]["audio_s"] for line in out.splitlines()] == [1.0, 1.0]
    assert f"uas: {bad}: " in err


def test_ask_prints_the_answer(live_url, files, capsys):
    code = run(ask_command.command, files[0], "Music?", "--yes-no", "--server", live_url)
    assert code == ExitCode.OK
    assert json.loads(capsys.readouterr().out)["value"] is True


def test_without_the_key_the_server_s_own_message_is_shown(server_of, files, capsys):
    with server_of(api_keys=["k"]).live() as url:
        assert run(describe_command.command, files[0], "--server", url) == ExitCode.FAILED
    assert "Authorization: Bearer" in capsys.readouterr().err


def test_a_server_that_is_not_there_is_said(files, capsys):
    assert run(describe_command.command, files[0], "--server", "http://127.0.0.1:1") == 1
    assert "is `uas serve` running there?" in capsys.readouterr().err


def refused(path: Path, message: str, *words: str) -> None:
    with pytest.raises(CommandError, match=message) as caught:
        run(serve_command.command, "--model", str(path), *words)
    assert caught.value.exit_code == ExitCode.REFUSED
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(vllm_installed(), reason="vLLM is installed here")
def test_without_vllm_its_installation_is_said(tmp_path):
    folder = build_tiny_checkpoint(tmp_path / "tiny")
    refused(folder, r"pip install 'uas-audio\[gpu\]'; without one: .*", "--engine", "vllm")


def test_replicas_share_no_embedded_jobs(tmp_path):
    pytest.importorskip("ray.serve", exc_type=ImportError)
    refused(tmp_path, "--jobs false", "--ray")


def checkpoint(folder: Path, **config: object) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    return folder


UAS = {
    "name": "m",
    "prompt_family": "smollm2-chatml",
    "wants_draft": "none",
    "draft_model": None,
    "languages": ["en"],
    "licence": "MIT",
    "window_s": 30,
}


def test_refused_checkpoints_end_with_exit_code_3(tmp_path):
    pickled = checkpoint(tmp_path / "a", uas=UAS)
    (pickled / "model.pt").write_bytes(b"x")
    refused(pickled, "model.pt")
    leaving = checkpoint(tmp_path / "b", uas=UAS)
    (leaving / "model.safetensors").symlink_to("/etc/hostname")
    refused(leaving, "leads outside the checkpoint")
    wrong = checkpoint(tmp_path / "c", uas=UAS | {"weights_sha256": {"w.safetensors": "0" * 64}})
    (wrong / "w.safetensors").write_bytes(b"x")
    refused(wrong, "w.safetensors")
    remote = checkpoint(tmp_path / "d", uas=UAS, auto_map={"AutoModel": "x.Model"})
    refused(remote, "auto_map")
    refused(tmp_path / "nowhere", "no checkpoint")
    other = checkpoint(tmp_path / "e", uas=UAS, model_type="qwen2_audio")
    shutil.copy(build_tiny_checkpoint(tmp_path / "tiny") / "tokenizer.json", other)
    refused(other, "runs models of type 'audioflamingo3', this one is of type 'qwen2_audio'")
    sounds = checkpoint(tmp_path / "g", uas=UAS | {"audio": "tokens"})
    refused(sounds, "g reads audio tokens and has no codebook/codebook.safetensors")
    unknown = checkpoint(tmp_path / "f", architectures=["StepAudio2ForCausalLM"])
    refused(unknown, "no prompt family for the architectures")


def test_another_server_is_not_asked_for_audio_tokens(tmp_path):
    folder = build_tiny_discrete(tmp_path / "tiny")
    backend = ("--engine", "remote", "--remote-backends", "http://127.0.0.1:9/v1")
    refused(folder, "tiny-discrete reads audio tokens, which no other server makes", *backend)


def test_refused_settings_end_with_exit_code_3(tmp_path):
    refused(tmp_path, "host 0.0.0.0 can be reached", "--host", "0.0.0.0")  # noqa: S104
    refused(tmp_path, "queue: .*'many'", "--queue", "many")


def test_the_process_itself_ends_with_exit_code_3(tmp_path, evidence):
    folder = checkpoint(tmp_path / "m", uas=UAS, auto_map={"AutoModel": "x.Model"})
    program = (
        f"import sys; sys.path[:0] = {sys.path!r}; from uas_cli.main import main; "
        "from uas_cli.catalogue import Catalogue; from importlib.metadata import EntryPoint; "
        "point = EntryPoint('serve', 'uas_server.serve_command:command', 'uas.commands'); "
        f"sys.exit(main(['serve', '--model', {str(folder)!r}], Catalogue({{'serve': point}})))"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == ExitCode.REFUSED
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("uas: config.json sets 'auto_map'")
    evidence("Weights", {"exit code": done.returncode, "lines on standard error": 1})
