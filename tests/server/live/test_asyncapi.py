"""The description of live sessions is committed, whole, and what the server really says."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import yaml
from clips import tone
from live_client import pcm, streamed
from signals import silence

from uas_server.asyncapi import ERRORS, as_yaml, describe_stream
from uas_server.errors import CODES
from uas_server.live.closing import MEANINGS, close_code

ROOT = Path(__file__).parents[3]


def references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for value in node.values() for ref in references(value)]
    if isinstance(node, list):
        return [ref for value in node for ref in references(value)]
    return []


def test_the_committed_file_is_current():
    committed = (ROOT / "asyncapi.yaml").read_text(encoding="utf-8")
    assert committed == as_yaml(describe_stream()), "run: make openapi"


def test_every_reference_leads_somewhere():
    described = describe_stream()
    assert described["asyncapi"] == "3.0.0"
    for reference in references(described):
        node = described
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def test_errors_and_close_codes_are_those_that_exist():
    assert set(ERRORS) <= set(CODES)
    assert {close_code(name) for name in ERRORS} <= set(MEANINGS)
    documented = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert all(f"| {code} |" in documented for code in MEANINGS)


async def test_what_the_server_says_is_as_described(server_of):
    described = yaml.safe_load(as_yaml(describe_stream()))
    kinds = {message["name"]: message for message in described["components"]["messages"].values()}
    clip = np.concatenate([silence(0.3), tone(0.5), silence(0.7)])
    with server_of().live() as url:
        events, _ = await streamed(url, [pcm(clip)])
    assert {event["event"] for event in events} >= {"segment", "field", "delta", "final", "done"}
    for event in events:
        schema = {**kinds[event["event"]]["payload"], "components": described["components"]}
        jsonschema.validate(event, json.loads(json.dumps(schema)))
