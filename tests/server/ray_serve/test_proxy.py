"""What a proxy of Ray's answers itself has our shape; what a replica answers stays as it is."""

import json

import httpx
import pytest
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from uas_server.live.closing import TRY_AGAIN_LATER
from uas_server.middleware.observe import SECURITY_HEADERS, ResponseBroken
from uas_server.ray_serve.proxy import HOOK, OneShape, layers

OURS = {**SECURITY_HEADERS, "X-Request-Id": "of-the-replica"}


def client_of(app: ASGIApp) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=OneShape(app))
    return httpx.AsyncClient(transport=transport, base_url="http://ray")


async def silence(scope: Scope, receive: Receive, send: Send) -> None:
    """A proxy whose replica died: it returns without an answer."""


def stops_after(*messages: Message) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    return app


def start(content_type: str) -> Message:
    headers = {**OURS, "Content-Type": content_type}
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": 200, "headers": pairs}


def piece(text: str) -> Message:
    return {"type": "http.response.body", "body": text.encode(), "more_body": True}


@pytest.mark.parametrize(
    ("status", "headers", "expected", "code"),
    [
        (503, {"Retry-After": "1"}, 503, "server_full"),
        (503, {}, 503, "engine_unavailable"),
        (500, {}, 503, "engine_unavailable"),
        (408, {}, 504, "deadline_exceeded"),
        (404, {}, 404, "not_found"),
    ],
)
async def test_a_refusal_of_the_proxy_gets_our_shape(status, headers, expected, code):
    refusal = PlainTextResponse("Request dropped by Ray: secrets inside", status, headers)
    async with client_of(refusal) as client:
        answer = await client.post("/v1/uas", headers={"X-Request-Id": "mine"})
    assert answer.status_code == expected
    error = answer.json()["error"]
    assert (error["code"], error["request_id"]) == (code, "mine")
    assert answer.headers.get_list("x-request-id") == ["mine"]
    assert "secrets" not in answer.text
    assert ("retry-after" in answer.headers) == (expected == 503)
    assert all(name in answer.headers for name in SECURITY_HEADERS)


async def test_an_answer_of_a_replica_stays_and_has_one_id():
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        given = dict(scope["headers"])[b"x-request-id"].decode()
        response = Response(b"{}", 503, {**OURS, "X-Request-Id": given, "Retry-After": "7"})
        response.headers.append("X-Request-ID", given)
        await response(scope, receive, send)

    async with client_of(app) as client:
        answer = await client.post("/v1/uas", headers={"X-Request-Id": "a b\tc"})
    assert (answer.text, answer.headers["retry-after"]) == ("{}", "7")
    (name,) = answer.headers.get_list("x-request-id")
    assert name.startswith("req_")


async def test_a_request_whose_replica_died_is_told_to_come_back():
    async with client_of(silence) as client:
        answer = await client.post("/v1/uas")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["error"]["code"] == "engine_unavailable"


@pytest.mark.parametrize(
    ("first", "name"),
    [("event: field\ndata: {}\n\n", "event: error\n"), ('data: {"choices":[]}\n\n', "")],
)
async def test_a_stream_whose_replica_died_ends_with_an_error(first, name):
    broken = stops_after(start("text/event-stream; charset=utf-8"), piece(first), piece(first))
    async with client_of(broken) as client:
        answer = await client.post("/v1/uas?stream=true", headers={"X-Request-Id": "mine"})
    last = answer.text.removesuffix("\n\n").rpartition("\n\n")[2]
    assert last.startswith(f"{name}data: ")
    error = json.loads(last.removeprefix(f"{name}data: "))["error"]
    assert (error["code"], error["request_id"]) == ("engine_unavailable", "mine")


async def test_any_other_answer_that_breaks_off_is_cut():
    broken = stops_after(start("application/json"), piece('{"half'))
    with pytest.raises(ResponseBroken):
        async with client_of(broken) as client:
            await client.get("/v1/jobs/1/result")


async def test_a_whole_stream_is_not_touched():
    whole = StreamingResponse(iter(["event: a\n\n", "event: b\n\n"]), 200, OURS)
    async with client_of(whole) as client:
        assert (await client.post("/v1/uas")).text == "event: a\n\nevent: b\n\n"


@pytest.mark.parametrize("closes", [True, False])
async def test_a_live_connection_whose_replica_died_is_closed(closes):
    closed = {"type": "websocket.close", "code": 1000}
    app = stops_after({"type": "websocket.accept"}, *([closed] if closes else []))
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/v1/stream", "headers": []}
    await OneShape(app)(scope, nothing, send)
    assert sent[1:] == [{"type": "websocket.close", "code": 1000 if closes else TRY_AGAIN_LATER}]


async def nothing() -> Message:
    raise AssertionError("nobody reads here")


async def test_ray_s_own_pages_stay():
    async with client_of(PlainTextResponse("success")) as client:
        assert (await client.get("/-/healthz")).text == "success"


def test_the_hook_names_what_ray_calls():
    module, name = HOOK.rsplit(".", 1)
    assert (module, name) == (OneShape.__module__, layers.__name__)
    assert [layer.cls for layer in layers()] == [OneShape]
