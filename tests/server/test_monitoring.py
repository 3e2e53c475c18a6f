"""Dashboard and rules name what a server exports, and promtool finds nothing wrong with them."""

import json
import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest
import pytest_asyncio
import yaml
from clips import audio_part
from prometheus_client.parser import text_string_to_metric_families
from promql_names import Named, names_in
from remote_subject import remote_over
from vllm_metrics import VLLM_METRICS

from uas_server.engine.remote.fake import FakeBackend

ROOT = Path(__file__).parents[2]
RULES = sorted((ROOT / "docker/prometheus/rules").glob("*.yaml"))
RULE_TESTS = sorted((ROOT / "docker/prometheus/tests").glob("*.yaml"))
DASHBOARD = json.loads((ROOT / "docker/grafana/dashboards/uas-audio.json").read_text("utf-8"))
OPERATIONS = (ROOT / "docs/operations.md").read_text("utf-8")

Exported = dict[str, dict[str, set[str]]]

ADDED = frozenset({"job", "instance", "le"})
"""Labels of every series that Prometheus read, and of every histogram."""
OF_PROMETHEUS = {"up": ADDED, "ALERTS": ADDED | {"alertname", "alertstate"}}
SUFFIX = re.compile(r"_(bucket|sum|count|created|total|info)$")
OPEN_LABELS = frozenset({"job", "instance", "alertstate", "code"})
"""Labels whose values depend on what happened; those of all others are known beforehand."""
ROWS = (
    *("Now", "Traffic", "Latency", "Queue", "Documents", "Audio", "Tokens", "Jobs", "Live"),
    *("Engine and process", "Back ends", "vLLM"),
)


def rules() -> list[dict]:
    groups = (yaml.safe_load(file.read_text("utf-8"))["groups"] for file in RULES)
    return [rule for each in groups for group in each for rule in group["rules"]]


def panels() -> list[dict]:
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def expressions() -> dict[str, str]:
    """Every expression by where it stands."""
    found = {rule.get("record") or rule["alert"]: rule["expr"] for rule in rules()}
    for panel in panels():
        for target in panel["targets"]:
            found[f"{panel['title']} {target['refId']}"] = target["expr"]
    for each in DASHBOARD["annotations"]["list"]:
        found[each["name"]] = each["expr"]
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def expositions(server_of, model_of, tokens, clip) -> tuple[str, str]:
    """What a server exports that every operation on clips was asked of, and one with back ends."""
    question = {"question": "Who?", "yes_no": "true"}
    parts = [{"type": "text", "text": "Who?"}, audio_part(clip)]
    chat = {"model": "fake-model", "messages": [{"role": "user", "content": parts}]}
    form = {"file": ("clip.wav", clip)}
    async with server_of() as client:
        for answer in (
            await client.post("/v1/uas", files=form),
            await client.post("/v1/ask", files=form, data=question),
            await client.post("/v1/audio/transcriptions", files=form, data={"model": "fake-model"}),
            await client.post("/v1/chat/completions", json=chat),
        ):
            assert answer.status_code == 200, answer.text
        usual = (await client.get("/metrics")).text
    async with server_of(model=model_of(remote_over(tokens, [FakeBackend()]))) as client:
        return usual, (await client.get("/metrics")).text


@pytest.fixture(scope="module")
def exported(expositions) -> Exported:
    """Values by label by metric."""
    found: Exported = defaultdict(lambda: defaultdict(set))
    for exposition in expositions:
        for family in text_string_to_metric_families(exposition):
            for sample in family.samples:
                values = found[sample.name]
                for label, value in sample.labels.items():
                    values[label].add(value)
    return found


def recorded() -> dict[str, Named]:
    return {rule["record"]: names_in(rule["expr"]) for rule in rules() if "record" in rule}


def labels_of(name: str, exported: Exported) -> frozenset[str]:
    """Labels that a metric can have. Fails for a metric that nobody has."""
    if name in OF_PROMETHEUS:
        return OF_PROMETHEUS[name]
    if name in VLLM_METRICS:
        return VLLM_METRICS[name] | ADDED
    if name in recorded():
        inner = recorded()[name]
        every = (labels_of(each, exported) for each, _ in inner.metrics)
        return inner.grouped_by or frozenset().union(*every)
    assert name in exported, f"no server has the metric {name}"
    return frozenset(exported[name]) | ADDED


@pytest.mark.parametrize("where", expressions())
def test_every_metric_label_and_value_is_one_that_a_server_has(where, exported):
    named = names_in(expressions()[where])
    assert named.metrics
    known = frozenset().union(*(labels_of(name, exported) for name, _ in named.metrics))
    assert named.grouped_by <= known
    for name, matchers in named.metrics:
        for matcher in matchers:
            assert matcher.label in labels_of(name, exported), (name, matcher)
            if name in exported and matcher.label not in OPEN_LABELS:
                asked = {value for value in matcher.values if ".*" not in value}
                assert asked <= exported[name][matcher.label], (name, matcher)


def test_every_metric_of_ours_is_on_the_dashboard(exported):
    shown = {name for text in expressions().values() for name, _ in names_in(text).metrics}
    families = {SUFFIX.sub("", name) for name in shown}
    ours = {SUFFIX.sub("", name) for name in exported}
    assert {name for name in ours if name.startswith("uas_")} <= families


def test_the_metrics_of_vllm_that_are_known_are_those_that_are_shown():
    shown = {name for text in expressions().values() for name, _ in names_in(text).metrics}
    assert {name for name in shown if name.startswith("vllm:")} == set(VLLM_METRICS)


def test_the_dashboard_has_its_rows_and_no_panel_lies_on_another():
    assert tuple(p["title"] for p in DASHBOARD["panels"] if p["type"] == "row") == ROWS
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells
    identities = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(identities) == len(set(identities))


def test_every_panel_says_what_it_shows_and_reads_the_chosen_source():
    for panel in panels():
        assert panel["description"]
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {"${datasource}"}


def test_every_alert_is_explained_and_tested():
    tested = "".join(file.read_text("utf-8") for file in RULE_TESTS)
    alerts = [rule for rule in rules() if "alert" in rule]
    assert alerts
    for alert in alerts:
        name = alert["alert"]
        assert f"### {name}\n" in OPERATIONS
        assert alert["annotations"]["runbook"] == f"docs/operations.md#{name.lower()}"
        assert alert["labels"]["severity"] in ("critical", "warning")
        assert f"alertname: {name}\n" in tested
    explained = set(re.findall(r"^### (Uas\w+)$", OPERATIONS, re.MULTILINE))
    assert explained == {alert["alert"] for alert in alerts}


needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not installed (Debian: prometheus)"
)


def promtool(*words: str, given: str = "") -> str:
    """What promtool finds wrong: nothing, when it is content."""
    finished = subprocess.run(  # noqa: S603 - fixed words and files of ours
        ["promtool", *words],  # noqa: S607 - the one that is installed
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if finished.returncode == 0 else finished.stdout + finished.stderr


@needs_promtool
@pytest.mark.parametrize("words", [("check", "rules"), ("test", "rules")], ids=" ".join)
def test_promtool_finds_nothing_wrong_with_the_rules(words):
    files = RULE_TESTS if words[0] == "test" else RULES
    assert promtool(*words, *map(str, files)) == ""


@needs_promtool
def test_promtool_finds_nothing_wrong_with_the_configuration(tmp_path):
    shutil.copytree(ROOT / "docker/prometheus/rules", tmp_path / "rules")
    text = (ROOT / "docker/prometheus/prometheus.yaml").read_text("utf-8")
    key = tmp_path / "key"
    key.write_text("k")
    config = tmp_path / "prometheus.yaml"
    config.write_text(text.replace("/run/secrets/prometheus_key", str(key)))
    assert promtool("check", "config", str(config)) == ""


@needs_promtool
def test_promtool_takes_what_servers_export(expositions):
    """Its check is one of names and types; those of libraries are theirs."""
    for exposition in expositions:
        ours = [line for line in exposition.splitlines(keepends=True) if "uas_" in line]
        assert promtool("check", "metrics", given="".join(ours)) == ""


def test_the_expressions_are_read_as_they_are_meant():
    named = names_in('sum by (job, le) (rate(a_bucket{x=~"1|2",y!="3"}[5m])) / on () b unless c:d')
    assert [name for name, _ in named.metrics] == ["a_bucket", "b", "c:d"]
    assert [matcher.label for matcher in named.metrics[0][1]] == ["x", "y"]
    assert named.grouped_by == {"job", "le"}
