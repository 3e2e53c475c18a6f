"""The API's description is committed, valid, complete, and enough to generate a client from."""

import importlib
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import jsonschema
import pytest
import yaml
from openapi_spec_validator import validate

from uas_server.app import routed_app
from uas_server.errors import CODES
from uas_server.openapi import as_yaml, describe_api

COMMITTED = Path(__file__).parents[2] / "openapi.yaml"


@pytest.fixture(scope="module")
def described() -> dict:
    return describe_api(routed_app())


def operations(described: dict) -> list[tuple[str, str, dict]]:
    return [
        (path, method, operation)
        for path, item in described["paths"].items()
        for method, operation in item.items()
    ]


def test_the_committed_file_is_current(described):
    assert COMMITTED.read_text(encoding="utf-8") == as_yaml(described), "run: make openapi"


def test_it_is_valid_openapi(described):
    validate(yaml.safe_load(as_yaml(described)))
    assert described["openapi"] == "3.1.0"


def test_operation_ids_are_plain_and_unique(described):
    ids = [operation["operationId"] for _, _, operation in operations(described)]
    assert sorted(ids) == [
        *("ask_audio", "complete_chat", "delete_job", "describe_audio", "get_job"),
        *("get_job_result", "get_limits", "get_liveness", "get_metrics", "get_readiness"),
        *("get_schema", "list_jobs", "list_models", "submit_job", "transcribe_audio"),
    ]


def test_every_error_code_is_declared_somewhere(described):
    live = COMMITTED.with_name("asyncapi.yaml").read_text(encoding="utf-8")
    undeclared = {code for code in CODES if f"`{code}`" not in live}
    undeclared -= {"not_found", "method_not_allowed"}
    for _, _, operation in operations(described):
        for status, answer in operation["responses"].items():
            named = {code for code in CODES if f"`{code}`" in answer["description"]}
            assert {CODES[code] for code in named} <= {int(status)}
            undeclared -= named
    assert undeclared == set()


def test_every_example_is_valid_against_its_schema(described):
    seen = 0
    for _, _, operation in operations(described):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for body in bodies:
            for content in body.get("content", {}).values():
                if "example" in content:
                    schema = {**content["schema"], "components": described["components"]}
                    jsonschema.Draft202012Validator(schema).validate(content["example"])
                    seen += 1
    assert seen > 20


def test_everything_but_health_needs_a_key(described):
    open_paths = {path for path, _, operation in operations(described) if "security" in operation}
    assert open_paths == {"/health/live", "/health/ready"}
    assert described["security"] == [{"apiKey": []}]


async def test_the_server_hands_out_the_same_description(client, described):
    assert (await client.get("/openapi.json")).json() == described


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory):
    """The package that openapi-python-client makes of the committed file."""
    folder = tmp_path_factory.mktemp("generated")
    target = folder / "generated_uas_client"
    subprocess.run(  # noqa: S603
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"),
            *("--path", str(COMMITTED), "--output-path", str(target)),
        ],
        check=True,
        capture_output=True,
    )
    sys.path.insert(0, str(folder))
    yield "generated_uas_client"
    sys.path.remove(str(folder))


def test_a_generated_client_posts_a_clip_and_parses_the_answer(generated, server_of, clip):
    package = {
        name: importlib.import_module(f"{generated}.{name}")
        for name in ("client", "models", "types", "api.audio.describe_audio", "api.audio.ask_audio")
    }
    models = package["models"]
    file = package["types"].File(payload=clip, file_name="tone.wav", mime_type="audio/wav")
    with ExitStack() as stack:
        url = stack.enter_context(server_of(api_keys=["k"]).live())
        client = package["client"].AuthenticatedClient(base_url=url, token="k")  # noqa: S106
        stack.enter_context(client)
        answer = package["api.audio.describe_audio"].sync(
            client=client, body=models.DescribeAudioFilesUasForm(file=file, max_tokens=300)
        )
        assert isinstance(answer, models.UasEnvelope)
        assert answer.usage.audio_s == 1.0
        assert answer.uas.to_dict() == answer.segments[0].uas.to_dict()
        form = models.AskAudioFilesAskForm(
            file=package["types"].File(payload=clip, file_name="tone.wav"),
            question="Is there a tone?",
            yes_no=True,
        )
        answer = package["api.audio.ask_audio"].sync(client=client, body=form)
        assert isinstance(answer, models.AskEnvelope)
        assert answer.value is True
        refused = package["api.audio.ask_audio"].sync(
            client=client, body=package["types"].File(payload=clip), question=""
        )
        assert isinstance(refused, models.ErrorBody)
        assert refused.error.code == "invalid_parameter"
