"""The manifests fit the schemas of Kubernetes, and name what image and server have."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from dockerfile import stages_of

from uas_server.app import routed_app
from uas_server.ray_serve.proxy import HOOK, HOOK_VARIABLE
from uas_server.settings import FOREIGN, PREFIX, SECRET, Settings

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docker/kubernetes"
STAGES = stages_of(ROOT / "docker/Dockerfile")
VERSION = "1.32"
"""The oldest that KServe and the sleep before the end run on."""
OWN = ("server", "model")
"""Manifests of Kubernetes' own kinds; the rest is for operators whose schemas are not here."""

Manifest = dict[str, Any]


def manifests(name: str) -> list[Manifest]:
    return list(yaml.safe_load_all((FOLDER / f"{name}.yaml").read_text("utf-8")))


def one(name: str, kind: str) -> Manifest:
    (found,) = (each for each in manifests(name) if each["kind"] == kind)
    return found


def pods() -> Iterator[tuple[str, Manifest]]:
    """Every pod's specification, by where it stands."""
    yield "server", one("server", "Deployment")["spec"]["template"]["spec"]
    yield "model", one("model", "Job")["spec"]["template"]["spec"]
    yield "kserve", one("inferenceservice", "InferenceService")["spec"]["predictor"]
    cluster = one("rayservice", "RayService")["spec"]["rayClusterConfig"]
    yield "ray head", cluster["headGroupSpec"]["template"]["spec"]
    for group in cluster["workerGroupSpecs"]:
        yield "ray worker", group["template"]["spec"]


PODS = dict(pods())
SERVERS = [name for name in PODS if name != "model"]


@pytest.mark.parametrize("name", OWN)
def test_a_manifest_keeps_to_the_schema(name):
    for manifest in manifests(name):
        kubernetes_validate.validate(manifest, VERSION, strict=True)


@pytest.mark.parametrize("name", PODS)
def test_a_pod_keeps_to_the_schema_whoever_makes_it(name):
    of_kserve = {"minReplicas", "maxReplicas", "scaleMetric", "scaleTarget"}
    spec = {key: value for key, value in PODS[name].items() if key not in of_kserve}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": spec}
    kubernetes_validate.validate(pod, VERSION, strict=True)
    broken = {**pod, "spec": {**spec, "contaners": []}}
    with pytest.raises(kubernetes_validate.ValidationError, match="contaners"):
        kubernetes_validate.validate(broken, VERSION, strict=True)


@pytest.mark.parametrize("name", PODS)
def test_a_pod_is_confined(name):
    pod = PODS[name]
    user = STAGES["cpu"].last("USER").text.split(":")[0]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert str(pod["securityContext"]["runAsUser"]) == user
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["enableServiceLinks"] is False
    for container in pod["containers"]:
        confined = container["securityContext"]
        assert confined["allowPrivilegeEscalation"] is False
        assert confined["readOnlyRootFilesystem"] is True
        assert confined["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
        assert not {"privileged", "hostPort"} & set(container)
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)


@pytest.mark.parametrize("name", PODS)
def test_a_pod_runs_an_image_of_ours_and_mounts_what_it_writes_to(name):
    pod = PODS[name]
    names = {volume["name"] for volume in pod["volumes"]}
    for container in pod["containers"]:
        repository, stage = container["image"].split(":")
        assert repository == "uas-audio"
        assert stage in STAGES
        mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
        assert set(mounts.values()) <= names
        assert {"/var/cache/uas", "/tmp"} <= set(mounts)  # noqa: S108 - of the container


@pytest.mark.parametrize("name", SERVERS)
def test_the_keys_come_from_a_secret_and_are_the_ones_that_are_read(name):
    pod = PODS[name]
    (secret,) = (volume for volume in pod["volumes"] if volume["name"] == "keys")
    assert secret["secret"]["secretName"] == "uas-keys"
    for container in pod["containers"]:
        (folder,) = (m["mountPath"] for m in container["volumeMounts"] if m["name"] == "keys")
        assert keys_file(container) == f"{folder}/keys.yaml"


def keys_file(container: Manifest) -> str:
    variables = environment(container)
    found: str = variables.get("UAS_KEYS_FILE") or ray_application()["args"]["keys_file"]
    return found


def environment(container: Manifest) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container.get("env", [])}


@pytest.mark.parametrize("name", PODS)
def test_every_variable_is_a_setting(name):
    for container in PODS[name]["containers"]:
        variables = environment(container)
        ours = {key: value for key, value in variables.items() if key.startswith(PREFIX)}
        settings = Settings.load({"host": "0.0.0.0"}, {k: ours[k] for k in set(ours) - FOREIGN})  # noqa: S104
        if ours:
            settings.check_exposure()
            assert not settings.jobs


@pytest.mark.parametrize("name", ["server", "kserve"])
def test_probes_ask_what_the_server_answers_at_its_port(name):
    paths = {route.path for route in routed_app().routes}
    image = STAGES["runtime"].last("ENV").values
    for container in PODS[name]["containers"]:
        (port,) = container["ports"]
        assert str(port["containerPort"]) == image["UAS_PORT"]
        probes = {key: value for key, value in container.items() if key.endswith("Probe")}
        assert set(probes) == {"startupProbe", "livenessProbe", "readinessProbe"}
        for probe in probes.values():
            assert probe["httpGet"]["path"] in paths
            assert probe["httpGet"]["port"] in (port["name"], port["containerPort"])
        assert probes["livenessProbe"]["httpGet"]["path"] == "/health/live"


@pytest.mark.parametrize("name", SERVERS)
def test_a_pod_has_longer_to_end_than_its_requests(name):
    pod = PODS[name]
    waits = [
        c["lifecycle"]["preStop"]["sleep"]["seconds"] for c in pod["containers"] if "lifecycle" in c
    ]
    assert pod["terminationGracePeriodSeconds"] >= Settings().drain_s + sum(waits) + 10


def test_service_autoscaler_and_budget_are_of_the_deployment():
    deployment = one("server", "Deployment")
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    service = one("server", "Service")["spec"]
    assert service["selector"] == labels
    assert service["ports"][0]["targetPort"] == "http"
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    assert "replicas" not in deployment["spec"]
    target = one("server", "HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]
    assert target["name"] == deployment["metadata"]["name"]
    assert one("server", "PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    least = one("server", "HorizontalPodAutoscaler")["spec"]["minReplicas"]
    assert least > one("server", "PodDisruptionBudget")["spec"]["maxUnavailable"]


def ray_application() -> Manifest:
    config = yaml.safe_load(one("rayservice", "RayService")["spec"]["serveConfigV2"])
    (application,) = config["applications"]
    found: Manifest = application
    return found


def test_ray_s_config_fits_its_schema_and_names_what_is_there():
    schema = pytest.importorskip("ray.serve.schema", exc_type=ImportError)
    text = one("rayservice", "RayService")["spec"]["serveConfigV2"]
    schema.ServeDeploySchema.model_validate(yaml.safe_load(text))
    application = ray_application()
    module, name = application["import_path"].split(":")
    built = getattr(import_module(module), name)(application["args"])
    assert built


def test_every_node_of_ray_has_the_hook_and_the_version_of_the_image():
    cluster = one("rayservice", "RayService")["spec"]["rayClusterConfig"]
    constraints = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert f"ray=={cluster['rayVersion']}" in constraints
    for name in ("ray head", "ray worker"):
        for container in PODS[name]["containers"]:
            assert environment(container)[HOOK_VARIABLE] == HOOK


def test_no_secret_stands_in_a_manifest():
    for file in FOLDER.glob("*.yaml"):
        text = file.read_text("utf-8")
        assert "kind: Secret" not in text
        assert not any(
            f"UAS_{name.upper()}" in line and "#" not in line
            for name in SECRET
            for line in text.splitlines()
        )
