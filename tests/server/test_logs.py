"""Nothing that a caller sent is logged, traced or counted, also when everything fails."""

import io
import json
import logging

import pytest
from clips import audio_part

from uas_server.engine.fake import FakeEngine, Reply
from uas_server.logs import JsonFormatter

pytestmark = pytest.mark.asyncio(loop_scope="module")

CANARY = "canary7f3a"


def canary_script(request):
    return Reply(f'{CANARY}"')


def failing_script(request):
    raise ValueError(f"the model said {CANARY}")


@pytest.fixture
def log():
    """Everything that is logged while the test runs, as it would be written."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.parametrize("script", [canary_script, failing_script])
async def test_content_never_reaches_logs_or_metrics(
    server_of, model_of, clip, log, script, evidence
):
    model = model_of(FakeEngine(script), draft=CANARY)
    async with server_of(model=model, api_keys=[f"key-{CANARY}"]) as client:
        client.headers["authorization"] = f"Bearer key-{CANARY}"
        for path, fields in (
            ("/v1/uas", {}),
            ("/v1/uas", {"stream": "true"}),
            ("/v1/uas", {CANARY: CANARY}),
            ("/v1/ask", {"question": CANARY}),
            ("/v1/ask", {"question": CANARY, "schema": f'{{"{CANARY}": 1}}'}),
            ("/v1/ask", {"question": CANARY, "choices": [CANARY, f"{CANARY}2"]}),
            ("/v1/audio/transcriptions", {}),
            ("/v1/audio/transcriptions", {"prompt": CANARY, "language": CANARY}),
            (f"/v1/{CANARY}", {}),
        ):
            await client.post(path, files={"file": (f"{CANARY}.wav", clip)}, data=fields)
            await client.post(f"{path}?model={CANARY}", content=CANARY.encode())
        for part in (audio_part(clip), {CANARY: 1}, {"type": CANARY}):
            content = [{"type": "text", "text": CANARY}, part]
            body = {"messages": [{"role": "user", "content": content}], "user": CANARY}
            await client.post("/v1/chat/completions", json=body)
            await client.post("/v1/chat/completions", json={**body, CANARY: 1, "stream": True})
        client.headers["authorization"] = f"Bearer wrong-{CANARY}"
        await client.get("/v1/models", headers={"x-request-id": f"{CANARY} with spaces"})
        client.headers["authorization"] = f"Bearer key-{CANARY}"
        metrics = (await client.get("/metrics")).text
    assert CANARY not in metrics
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    written = [line for line in lines if not line["logger"].startswith(("httpx", "httpcore"))]
    assert len([line for line in written if line["event"] == "request"]) >= 14
    assert CANARY not in json.dumps(written)
    evidence("Logs", {"lines written": len(written), "lines or metrics with a canary": 0})


async def test_one_line_tells_what_became_of_a_request(client, clip, log):
    await client.post("/v1/uas", files={"file": clip}, headers={"x-request-id": "abc-1"})
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    line = next(line for line in lines if line["event"] == "request")
    assert line["request_id"] == "abc-1"
    assert (line["method"], line["route"], line["status"]) == ("POST", "/v1/uas", 200)
    assert line["audio_s"] == 1.0
    assert line["bytes_in"] > len(clip)
    assert line["duration_s"] > 0


async def test_an_unexpected_failure_says_nothing_and_is_logged_by_its_place(server_of, clip, log):
    async with server_of(FakeEngine(failing_script)) as client:
        answer = await client.post("/v1/uas", files={"file": clip})
    assert answer.status_code == 500
    error = answer.json()["error"]
    assert error["code"] == "internal_error"
    assert error["request_id"] == answer.headers["x-request-id"]
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    line = next(line for line in lines if line["event"] == "unexpected")
    assert line["error"] == "ValueError"
    assert line["raised_at"][-1].startswith("test_logs.py:")
