"""Broken and hostile HTTP gets a prompt 4xx from a live server, which goes on serving."""

import asyncio
import json

import httpx
import pytest
from bad_http import AUDIO, cases, exchange, post

from uas_server.engine.fake import FakeEngine

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMIT = 64 * 1024
CASES = cases(LIMIT)


@pytest.fixture(scope="module")
def url(server_of):
    settings = {"upload_bytes": LIMIT, "header_s": 0.5, "body_s": 0.5, "question_chars": 100}
    with server_of(FakeEngine(), **settings).live() as url:
        yield url


@pytest.mark.parametrize("name", CASES)
async def test_bad_http_gets_a_4xx_before_any_deadline(url, name):
    request, status, code = CASES[name]
    answered, body = await exchange(url, request)
    assert answered == status
    if code is not None:
        error = json.loads(body)["error"]
        assert error["code"] == code
        assert error["request_id"].startswith("req_")


@pytest.mark.parametrize("form_field", ["schema", "question"])
async def test_json_of_great_depth_is_refused(url, clip, form_field):
    fields = {"question": "?", "schema": "{}", form_field: '{"a":' * 2_000 + "1" + "}" * 2_000}
    async with httpx.AsyncClient(base_url=url) as client:
        answer = await client.post("/v1/ask", files={"file": clip}, data=fields)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "a\x00b.wav", "con.wav", "x" * 3000, "%2e%2e/a", "\u202egpj.wav", "; rm"],
)
async def test_file_names_mean_nothing(url, clip, name):
    async with httpx.AsyncClient(base_url=url) as client:
        answer = await client.post("/v1/uas", files={"file": (name, clip[:30_000])})
    assert answer.status_code == 200, answer.text


async def test_slow_headers_and_bodies_are_ended_at_the_deadline(url):
    assert await exchange(url, b"POST /v1/uas HT") == (None, b"")
    status, body = await exchange(url, post(f"{AUDIO}Content-Length: 10\r\n", b"12345"))
    assert (status, json.loads(body)["error"]["code"]) == (408, "body_timeout")


async def test_the_loop_stays_free_and_the_next_request_succeeds(url, clip):
    async with httpx.AsyncClient(base_url=url) as client:
        hostile = [exchange(url, request) for request, _, _ in CASES.values()]
        probes = [client.get("/health/live") for _ in range(20)]
        answers = await asyncio.gather(*hostile, *probes)
        assert all(answer.status_code == 200 for answer in answers[len(hostile) :])
        assert (await client.get("/health/ready")).status_code == 200
        assert (await client.post("/v1/uas", files={"file": clip[:30_000]})).status_code == 200
