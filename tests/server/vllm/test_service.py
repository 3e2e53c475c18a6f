"""The whole service around the vLLM engine on the shipped model: HTTP in, valid documents out.

Run by `make test-vllm`. The drafter is left out, so that the model writes all of a document.
"""

import asyncio
import dataclasses
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import jsonschema
import pytest
from prometheus_client.parser import text_string_to_metric_families
from vllm_metrics import VLLM_METRICS
from vllm_subject import SETTINGS, vllm_installed

from uas_model.cache import models_dir
from uas_model.draft import NoDrafter
from uas_schema.document import UasDocument
from uas_server.opening import opened_model
from uas_server.settings import Settings

pytestmark = [pytest.mark.vllm, pytest.mark.model, pytest.mark.slow]

HELLO = Path(__file__).parents[3] / "examples" / "hello.flac"
AT_ONCE = 8
WAIT_S = 3600.0
PATIENT = {"header_s": WAIT_S, "body_s": WAIT_S, "request_s": WAIT_S}
"""Deadlines that a busy machine keeps."""

WEATHER = {
    "type": "object",
    "properties": {"loud": {"type": "boolean"}, "voices": {"enum": [0, 1, 2]}},
    "required": ["loud", "voices"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def url(server_of) -> Iterator[str]:
    """Base URL of a running server, with one engine for all tests of this module."""
    if not vllm_installed():
        pytest.skip("vLLM is not installed here; run: make test-vllm")
    if not (models_dir() / "uas-audio-tiny").exists():
        pytest.skip("uas-audio-tiny is not built; run: uas model build uas-audio-tiny")
    model = opened_model(Settings(engine="vllm", vllm=SETTINGS))
    model = dataclasses.replace(model, drafter=NoDrafter())
    with server_of(model=model, queue=2 * AT_ONCE, **PATIENT).live() as base:
        # The first answer waits for the engine to load.
        assert httpx.get(f"{base}/health/ready", timeout=WAIT_S).status_code == 200
        yield base


@pytest.fixture
def client(url) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=WAIT_S) as client:
        yield client


def ask(client: httpx.Client, **fields: object) -> dict:
    answer = client.post("/v1/ask", files={"file": HELLO.read_bytes()}, data=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_document_is_valid_and_has_confidences(client):
    answer = client.post("/v1/uas", files={"file": HELLO.read_bytes()})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    jsonschema.validate(body["uas"], client.get("/v1/schema").json())
    assert UasDocument.model_validate(body["uas"]).has_voice
    # The model writes literals too: a document is one request.
    assert body["usage"]["forced_tokens"] == 0
    assert body["usage"]["sampled_tokens"] > 20
    for field in ("age", "gender", "emotion"):
        probabilities = body["confidence"][field]
        assert sum(probabilities.values()) == pytest.approx(1.0)
        likeliest = max(probabilities, key=probabilities.__getitem__)
        assert body["uas"]["paralinguistics"][field] == likeliest
    assert 0.5 < body["confidence"]["voice"] <= 1


def test_an_answer_is_one_of_the_choices(client):
    body = ask(client, question="How does the speaker feel?", choices=["calm", "very angry"])
    assert body["answer"] in ("calm", "very angry")
    assert sum(body["confidence"].values()) == pytest.approx(1.0)


def test_an_answer_fits_the_schema_it_came_with(client):
    body = ask(client, question="What is heard?", schema=json.dumps(WEATHER))
    jsonschema.validate(body["value"], WEATHER)


def test_a_schema_that_cannot_be_kept_is_refused_and_the_next_request_is_served(client):
    files = {"file": HELLO.read_bytes()}
    asked = {"question": "?", "schema": json.dumps({"type": "string", "pattern": r"(a)\1"})}
    assert client.post("/v1/ask", files=files, data=asked).status_code == 400
    assert ask(client, question="Is it loud?", yes_no="true")["value"] in (True, False)


async def test_documents_stay_valid_at_any_budget_while_clients_leave(url, proving, evidence):
    count = proving(50, 200)
    clip = HELLO.read_bytes()
    seen: Counter[str] = Counter()
    places = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(base_url=url, timeout=WAIT_S) as client:

        async def one(number: int) -> None:
            chance = random.Random(number)
            budget = 1 if number == 0 else chance.randint(1, 160)
            leaves_after = chance.randint(0, 12) if number % 3 == 0 else None
            fields = {"max_tokens": str(budget), "stream": "true" if number % 2 else "false"}
            async with places:
                seen[await post(client, clip, fields, leaves_after)] += 1

        await asyncio.gather(*(one(number) for number in range(count)))
        schema = (await client.get("/v1/schema")).json()
        last = await client.post("/v1/uas", files={"file": clip})
        jsonschema.validate(last.json()["uas"], schema)
    assert min(seen["whole"], seen["truncated"], seen["left"]) > 0
    evidence("vLLM", {"requests": count, "not valid": 0, **seen})


async def post(
    client: httpx.AsyncClient, clip: bytes, fields: dict[str, str], leaves_after: int | None
) -> str:
    """Send one request; check the document, or leave after some lines of the answer."""
    lines: list[str] = []
    async with client.stream("POST", "/v1/uas", files={"file": clip}, data=fields) as answer:
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            if leaves_after is not None and len(lines) >= leaves_after:
                return "left"
            lines.append(line)
    if fields["stream"] == "true":
        data = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
        body = data[-1]
        text = "".join(event["text"] for event in data if set(event) == {"text"})
        assert text == UasDocument.model_validate(body["uas"]).canonical()
    else:
        body = json.loads("".join(lines))
        UasDocument.model_validate(body["uas"])
    assert body["truncated"] == bool(body["incomplete"])
    return "truncated" if body["truncated"] else "whole"


def test_metrics_of_vllm_stand_beside_ours_and_name_no_path_and_no_caller(client):
    question = "Is a canary heard here?"
    ask(client, question=question)
    text = client.get("/metrics").text
    found: dict[str, list[dict[str, str]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample.labels)
    assert "uas_requests_total" in found
    for name, labels in VLLM_METRICS.items():
        assert {frozenset(each) for each in found[name]} == {frozenset(labels)}, name
        assert {each["model_name"] for each in found[name]} == {"uas-audio-tiny"}
    assert "canary" not in text
    assert str(models_dir()) not in text
    ask(client, question="And another?")
    again = client.get("/metrics").text
    series = [line.rsplit(" ", 1)[0] for line in text.splitlines() if line.startswith("vllm:")]
    more = [line.rsplit(" ", 1)[0] for line in again.splitlines() if line.startswith("vllm:")]
    assert series == more
