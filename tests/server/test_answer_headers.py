"""Every answer, also a refusal and a stream, says that it is for no browser and not to be kept."""

import pytest

from uas_server.middleware.observe import SECURITY_HEADERS

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_every_answer_has_the_security_headers(client, clip):
    answers = [
        await client.get("/health/live"),
        await client.get("/openapi.json"),
        await client.get("/metrics"),
        await client.get("/nowhere"),
        await client.delete("/v1/uas"),
        await client.get("/v1/models", headers={"host": "evil.test"}),
        await client.post("/v1/uas", content=b"x", headers={"content-type": "audio/wav"}),
        await client.post("/v1/uas?stream=true", files={"file": clip}),
    ]
    assert {answer.status_code for answer in answers} == {200, 400, 404, 405, 415}
    for answer in answers:
        assert answer.headers["x-request-id"]
        assert (
            SECURITY_HEADERS.items()
            <= {name: answer.headers.get(name) for name in SECURITY_HEADERS}.items()
        )
    assert SECURITY_HEADERS["X-Content-Type-Options"] == "nosniff"
    assert SECURITY_HEADERS["Cache-Control"] == "no-store"
