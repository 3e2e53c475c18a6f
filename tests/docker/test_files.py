"""The Dockerfile and the compose file hold what they promise: pinned, confined, no secrets."""

import json
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml
from compose_spec import PyCompose
from dockerfile import arguments_of, stages_of

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "docker/Dockerfile"
COMPOSE_TEXT = (ROOT / "docker/compose.yaml").read_text("utf-8")
COMPOSE = yaml.safe_load(COMPOSE_TEXT)
SERVICES = COMPOSE["services"]
STAGES = stages_of(DOCKERFILE)
FINAL = ("cpu", "cuda", "ray")
EXACT = re.compile(r"^[\w./-]+:v?\d+\.\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?$")


def lint(*words: str) -> str:
    """What a linter of this environment finds; nothing, when it is content."""
    tool = shutil.which(words[0], path=str(Path(sys.executable).parent))
    assert tool, f"{words[0]} is missing; run: make env"
    finished = subprocess.run(  # noqa: S603 - a tool beside this interpreter, files of ours
        [tool, *words[1:]], capture_output=True, text=True, check=False
    )
    return "" if finished.returncode == 0 else finished.stdout + finished.stderr


def test_hadolint_finds_nothing_wrong_with_the_dockerfile():
    assert lint("hadolint", "--failure-threshold", "style", str(DOCKERFILE)) == ""


def test_compose_lint_finds_nothing_wrong_with_the_compose_file():
    assert lint("compose-lint", str(ROOT / "docker/compose.yaml")) == ""


def test_the_compose_file_keeps_to_the_specification():
    PyCompose.from_json(json.dumps(COMPOSE)).to_spec()
    broken = json.loads(json.dumps(COMPOSE))
    broken["services"]["server"]["mem_limt"] = "1g"
    with pytest.raises(ValueError, match="mem_limt"):
        PyCompose.from_json(json.dumps(broken))


def test_every_image_is_pinned_to_an_exact_version():
    bases = set(arguments_of(DOCKERFILE).values())
    foreign = {service["image"] for service in SERVICES.values() if "build" not in service}
    assert all(EXACT.match(image) for image in bases | foreign)
    named = {stage.base for stage in STAGES.values()}
    assert named <= {"${PYTHON_IMAGE}", *STAGES}


@pytest.mark.parametrize("name", FINAL)
def test_an_image_runs_as_a_user_by_number_with_its_command_as_process_1(name):
    stage = STAGES[name]
    assert stage.last("USER").text == "10001:10001"
    for kind in ("ENTRYPOINT", "CMD", "HEALTHCHECK"):
        assert stage.last(kind).is_exec, kind
    assert stage.last("ENTRYPOINT").words + stage.last("CMD").words == ["uas", "serve"]
    assert stage.last("STOPSIGNAL").text == "SIGTERM"
    assert json.loads(stage.last("VOLUME").text) == ["/var/cache/uas", "/var/lib/uas"]


@pytest.mark.parametrize("name", FINAL)
def test_an_image_takes_tested_versions_and_no_source_or_tool(name):
    built = STAGES[f"build-{name}"].last("RUN").text
    constraints = {"cuda": "constraints-vllm.txt"}.get(name, "constraints.txt")
    assert f"--constraint {constraints}" in built
    copied = [each for each in STAGES[name].instructions if each.name == "COPY"]
    assert [each.text.split()[0] for each in copied] == ["docker/healthcheck.py", "/opt/uas"]
    assert copied[1].flags == (f"--from=build-{name}",)


def test_nothing_that_looks_like_a_secret_is_in_the_files():
    for stage in STAGES.values():
        for each in stage.instructions:
            assert each.name != "ADD"
            if each.name in ("ENV", "ARG"):
                assert not re.search(r"(?i)key|token|password|secret", each.text)
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search(r"(?i)key|password|secret|token", name):
                assert value.startswith("/run/secrets/"), name
    assert all(set(secret) == {"file"} for secret in COMPOSE["secrets"].values())


def test_what_is_copied_is_let_through_and_nothing_else():
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = {
        source
        for stage in STAGES.values()
        for each in stage.instructions
        if each.name == "COPY" and not each.flags
        for source in each.text.split()[:-1]
    }
    assert allowed == copied
    assert all((ROOT / source).exists() for source in copied)
    last = [rule for rule in rules[1:] if not rule.startswith("!")]
    for private in ("core/.env", "server/prometheus.key", "server/keys.yaml"):
        assert any(fnmatch(private, rule.replace("**/", "*")) for rule in last), private


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_confined(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["init"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"mem_limit", "cpus", "pids_limit"} <= set(service)
    assert "privileged" not in service
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_what_measures_is_on_a_network_without_a_way_out():
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert SERVICES["prometheus"]["networks"] == ["inside"]
    assert "ports" not in SERVICES["prometheus"]


def test_the_server_has_longer_to_end_than_its_requests():
    from uas_server.settings import Settings

    seconds = int(SERVICES["server"]["stop_grace_period"].removesuffix("s"))
    assert seconds >= Settings().drain_s + 10


def test_what_is_mounted_is_there():
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (ROOT / "docker" / source).exists(), source
            else:
                assert source in COMPOSE["volumes"]


def test_the_keys_are_ignored_by_git():
    assert "docker/secrets/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()
