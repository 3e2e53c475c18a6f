"""What the clients are generated from, and that the committed code is what it gives."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from openapi_spec_validator import validate

from uas_audio_client.forms import ASK_PATH, JOBS_PATH, UAS_PATH, result_path

CLIENTS = Path(__file__).parents[3] / "clients"
ASYNCAPI = CLIENTS.parent / "asyncapi.yaml"
TYPESCRIPT = CLIENTS / "typescript"
NODE = shutil.which("node")
MAKE = "run: make clients"


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    """What `clients/description.py` prints, as a file."""
    script = CLIENTS / "description.py"
    printed = subprocess.run([sys.executable, str(script)], check=True, capture_output=True)  # noqa: S603
    path = tmp_path_factory.mktemp("description") / "description.json"
    path.write_bytes(printed.stdout)
    return path


@pytest.fixture(scope="module")
def description(source) -> dict:
    return json.loads(source.read_text(encoding="utf-8"))


def test_the_joined_description_is_valid_and_has_the_live_messages(description):
    validate(description)
    assert {"Start", "ReadyEvent", "DoneEvent"} <= set(description["components"]["schemas"])


def test_a_name_in_both_descriptions_means_the_same(description):
    live = yaml.safe_load(ASYNCAPI.read_text(encoding="utf-8"))["components"]["schemas"]
    schemas = description["components"]["schemas"]
    assert {"UasEnvelope", "ErrorBody"} <= set(live)
    assert {name: _bare(schemas[name]) for name in live} == {
        name: _bare(schema) for name, schema in live.items()
    }


def test_the_paths_that_forms_are_sent_to_are_described(description):
    assert {UAS_PATH, ASK_PATH, JOBS_PATH} <= set(description["paths"])
    assert result_path("{job_id}").replace("%7B", "{").replace("%7D", "}") in description["paths"]


def test_the_python_code_is_current(source, tmp_path):
    # The generator lays the code out by calling ruff by its name.
    subprocess.run(  # noqa: S603
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"),
            *("--path", str(source), "--output-path", str(tmp_path / "generated")),
            *("--config", str(CLIENTS / "python" / "generator.yaml")),
        ],
        check=True,
        capture_output=True,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
    committed = CLIENTS / "python" / "uas_audio_client" / "generated"
    assert _files(committed) == _files(tmp_path / "generated"), MAKE


@pytest.mark.skipif(
    NODE is None or not (TYPESCRIPT / "node_modules" / "openapi-typescript").is_dir(),
    reason="needs Node 20 and its packages: npm ci --prefix clients/typescript",
)
def test_the_typescript_code_is_current(source, tmp_path):
    made = tmp_path / "api.ts"
    subprocess.run(  # noqa: S603
        [str(NODE), str(TYPESCRIPT / "generate.mjs"), str(source), str(made)],
        check=True,
        capture_output=True,
    )
    committed = TYPESCRIPT / "src" / "generated" / "api.ts"
    assert committed.read_text(encoding="utf-8") == made.read_text(encoding="utf-8"), MAKE


def _files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.py"))
    }


def _bare(schema: object) -> object:
    """A schema without defaults, which say what is read and not what is written."""
    if isinstance(schema, dict):
        return {key: _bare(value) for key, value in schema.items() if key != "default"}
    return [_bare(item) for item in schema] if isinstance(schema, list) else schema
