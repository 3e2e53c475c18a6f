"""A whole server whose model runs elsewhere: forms of answers, streams, failures, metrics."""

import json

import jsonschema
import pytest
from remote_subject import remote_over

from uas_schema.document import UasDocument
from uas_server.engine.remote.fake import Conduct, FakeBackend

LOUD = {
    "type": "object",
    "properties": {"loud": {"type": "boolean"}},
    "required": ["loud"],
    "additionalProperties": False,
}


def served(server_of, model_of, tokens, *backends: FakeBackend, **changes):
    """A server over these back ends; keywords are settings of the engine."""
    return server_of(model=model_of(remote_over(tokens, backends, **changes)))


def lines_of(text: str) -> list[dict]:
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]


@pytest.mark.parametrize("kind", ["vllm", "openai"])
async def test_every_form_of_answer(server_of, model_of, tokens, clip, kind):
    answers = iter(["yes", '```json\n{"loud": true}\n```', "A hum."])

    def script(_: object) -> Conduct:
        return Conduct() if kind == "vllm" else Conduct(text=next(answers))

    forms = ({"yes_no": "true"}, {"schema": json.dumps(LOUD)}, {})
    async with served(server_of, model_of, tokens, FakeBackend(script), kind=kind) as client:
        bodies = []
        for form in forms:
            data = {"question": "Is it loud?", "max_tokens": "200", **form}
            answer = await client.post("/v1/ask", files={"file": clip}, data=data)
            assert answer.status_code == 200, answer.text
            bodies.append(answer.json())
    assert bodies[0]["value"] in (True, False)
    assert (bodies[0]["confidence"] is None) == (kind == "openai")
    jsonschema.validate(bodies[1]["value"], LOUD)
    assert bodies[2]["answer"]


async def test_a_document_streams_and_the_back_ends_are_counted(server_of, model_of, tokens, clip):
    backends = [FakeBackend(), FakeBackend(lambda _: Conduct(status=500))]
    async with served(server_of, model_of, tokens, *backends) as client:
        data = {"stream": "true"}
        answer = await client.post("/v1/uas", files={"file": clip}, data=data)
        assert answer.status_code == 200
        events = lines_of(answer.text)
        metrics = (await client.get("/metrics")).text
    text = "".join(event["text"] for event in events if set(event) == {"text"})
    assert text == UasDocument.model_validate(events[-1]["uas"]).canonical()
    assert events[-1]["confidence"]["voice"] is not None
    assert 'uas_back_end_requests_total{back_end="0",outcome="answered"}' in metrics
    assert 'uas_back_end_requests_total{back_end="1",outcome="failed"} 0.0' not in metrics
    assert 'uas_back_end_in_use{back_end="0"} 1.0' in metrics
    assert "uas_strayed_answers_total 0.0" in metrics


async def test_a_document_that_strays_is_closed_and_says_so(server_of, model_of, tokens, clip):
    says = Conduct(text='"hm"}]')
    async with served(
        server_of, model_of, tokens, FakeBackend(lambda _: says), kind="openai"
    ) as client:
        answer = await client.post("/v1/uas", files={"file": clip})
        metrics = (await client.get("/metrics")).text
    body = answer.json()
    UasDocument.model_validate(body["uas"])
    assert body["truncated"]
    assert "paralinguistics.age" in body["incomplete"]
    assert body["confidence"]["age"] is None
    assert "uas_strayed_answers_total 0.0" not in metrics


@pytest.mark.parametrize(
    ("conduct", "code"),
    [
        (Conduct(dies="before"), "engine_unavailable"),
        (Conduct(dies="after"), "engine_unavailable"),
        (Conduct(status=429), "server_full"),
        (Conduct(text="neither"), "engine_unavailable"),
    ],
    ids=repr,
)
async def test_failures_are_typed(server_of, model_of, tokens, clip, conduct, code):
    backend = FakeBackend(lambda _: conduct)
    async with served(server_of, model_of, tokens, backend) as client:
        data = {"question": "Is it loud?", "yes_no": "true"}
        answer = await client.post("/v1/ask", files={"file": clip}, data=data)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, code)
    assert int(answer.headers["Retry-After"]) >= 1


async def test_a_back_end_that_is_gone_makes_the_server_not_ready(
    server_of, model_of, tokens, clip
):
    backend = FakeBackend()
    async with served(server_of, model_of, tokens, backend, failures=1) as client:
        assert (await client.get("/health/ready")).status_code == 200
        backend.kill()
        answer = await client.post("/v1/uas", files={"file": clip})
        assert answer.json()["error"]["code"] == "engine_unavailable"
        assert (await client.get("/health/ready")).status_code == 503
