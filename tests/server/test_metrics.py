"""Every metric moves when it should, and nothing that a caller sends becomes a label."""

import random

import pytest
from prometheus_client.parser import text_string_to_metric_families

from uas_server.engine.fake import FakeEngine, Reply, legal_reply
from uas_server.engine.protocol import Choice, GenerateRequest

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def samples(client) -> dict[tuple, float]:
    """Value by name and labels."""
    text = (await client.get("/metrics")).text
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def failures(found: dict[tuple, float]) -> dict[str, float]:
    return {
        key[1][1]: value for key, value in found.items() if key[0] == "uas_schema_failures_total"
    }


def voice_text(request: GenerateRequest, events: str = "[]", end: str = "") -> Reply:
    """What a model with a voice in its ear says after the transcript, with these events."""
    if isinstance(request.constraint, Choice):
        return Reply('"')
    text = legal_reply(request).text
    return Reply(text.replace('"discreteEvents":[]', f'"discreteEvents":{events}') + end)


BARK = '{"label":"bark","characteristic":"loud"}'
SCRIPTS = {
    "unparseable": lambda request: voice_text(request, end=" and so on"),
    "mended": lambda request: voice_text(request, events=f"[{BARK},{BARK}]"),
    "rule_broken": lambda request: Reply(voice_text(request).text.replace('"Male"', "null")),
}


@pytest.mark.parametrize("kind", SCRIPTS)
async def test_each_kind_of_schema_failure_is_counted(server_of, clip, kind):
    async with server_of(FakeEngine(SCRIPTS[kind])) as client:
        assert failures(await samples(client))[kind] == 0
        answer = await client.post("/v1/uas", files={"file": clip})
        assert answer.status_code == 200
        assert failures(await samples(client))[kind] > 0


async def test_a_cut_document_is_counted_and_listed(server_of, clip):
    async with server_of(FakeEngine(voice_text)) as client:
        answer = await client.post("/v1/uas?max_tokens=12", files={"file": clip})
        assert answer.json()["truncated"] is True
        assert "nonLinguisticEvents.description" in answer.json()["incomplete"]
        assert failures(await samples(client))["closed_at_budget"] == 1


async def test_a_good_answer_moves_every_other_metric(server_of, clip):
    async with server_of(FakeEngine(voice_text)) as client:
        await client.post("/v1/uas", files={"file": clip})
        await client.post("/v1/none")
        found = await samples(client)
        assert found["uas_requests_total", ("code", "200"), ("route", "/v1/uas")] == 1
        assert found["uas_requests_total", ("code", "404"), ("route", "unmatched")] == 1
        assert found["uas_request_seconds_count", ("route", "/v1/uas")] == 1
        assert found["uas_audio_seconds_total",] == 1.0
        assert found["uas_real_time_factor_count",] == 1
        assert found["uas_queue_depth",] == 0
        assert found["uas_running_requests",] == 0
        for stage in ("queue", "decode", "encode", "draft", "generate", "first_event"):
            assert found["uas_stage_seconds_count", ("stage", stage)] == 1, stage
        for kind in ("prompt", "prefill", "sampled"):
            assert found["uas_tokens_total", ("kind", kind)] > 0, kind


async def test_rejections_are_counted_by_reason(server_of, clip):
    engine = FakeEngine()
    async with server_of(engine, api_keys=["k"], queue=0) as client:
        await client.post("/v1/uas", files={"file": clip})
        client.headers["authorization"] = "Bearer k"
        engine.kill()
        await client.post("/v1/uas", files={"file": clip})
        found = await samples(client)
        for reason in ("invalid_api_key", "engine_unavailable"):
            assert found["uas_rejections_total", ("reason", reason)] == 1


async def test_what_callers_send_makes_no_series(server_of, clip, proving, evidence):
    dice = random.Random(1)
    paths, models = proving(200, 10_000), proving(10, 10_000)
    async with server_of() as client:
        await client.post("/v1/uas", files={"file": clip})
        before = await samples(client)
        for _ in range(paths):
            word = dice.randbytes(8).hex()
            method = dice.choice(["GET", "POST", "BREW", word.upper()])
            await client.request(method, f"/{word}/{word}")
        for _ in range(models):
            name = dice.randbytes(8).hex()
            await client.post("/v1/uas", files={"file": clip}, data={"model": name})
        new = len(await samples(client)) - len(before)
    assert new <= 200
    evidence("Metrics", {"random paths": paths, "random models": models, "new series": new})
