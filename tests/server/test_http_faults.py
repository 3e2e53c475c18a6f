"""Broken and hostile HTTP gets a prompt 4xx from a live server, which goes on serving."""

import asyncio
import contextlib
import json

import httpx
import pytest

from uas_server.engine.fake import FakeEngine

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMIT = 64 * 1024
HOST = "Host: 127.0.0.1\r\n"


@pytest.fixture(scope="module")
def url(server_of):
    settings = {"upload_bytes": LIMIT, "header_s": 0.5, "body_s": 0.5, "question_chars": 100}
    with server_of(FakeEngine(), **settings).live() as url:
        yield url


async def exchange(url: str, request: bytes) -> tuple[int | None, bytes]:
    """Status and body that raw bytes get; None when the connection is just closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(url).port)
    try:
        writer.write(request)
        async with asyncio.timeout(10):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            return int(head.split()[1]), await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionResetError):
        return None, b""
    except IndexError:  # an answer below ASGI has no length, and unread bytes may reset the rest
        with contextlib.suppress(ConnectionResetError):
            await reader.read()
        return int(head.split()[1]), b""
    finally:
        writer.close()


def post(headers: str, body: bytes = b"", path: str = "/v1/uas") -> bytes:
    return f"POST {path} HTTP/1.1\r\n{headers}\r\n".encode("latin-1") + body


def form(*parts: str, boundary: str = "b", end: str = "--") -> bytes:
    """A multipart request of raw parts, headers included."""
    text = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + f"--{boundary}{end}\r\n"
    body = text.encode("latin-1")
    kind = f"Content-Type: multipart/form-data; boundary={boundary}\r\n"
    return post(f"{HOST}{kind}Content-Length: {len(body)}\r\n", body)


FIELD = 'Content-Disposition: form-data; name="{}"\r\n\r\n{}'
CHUNKED = f"{HOST}Content-Type: audio/wav\r\nTransfer-Encoding: chunked\r\n"
AUDIO = f"{HOST}Content-Type: audio/wav\r\n"

CASES = {
    "declared too long": (post(f"{AUDIO}Content-Length: 99999999\r\n"), 413, "body_too_large"),
    "too long in chunks": (
        post(CHUNKED, (b"10000\r\n" + b"x" * 65536 + b"\r\n") * 3),
        413,
        "body_too_large",
    ),
    "file part too long": (
        form(FIELD.format("file", "x" * (LIMIT + 1))),
        413,
        "body_too_large",
    ),
    "negative length": (post(f"{AUDIO}Content-Length: -1\r\n"), 400, None),
    "length is a word": (post(f"{AUDIO}Content-Length: many\r\n"), 400, None),
    "two lengths": (post(f"{AUDIO}Content-Length: 1\r\nContent-Length: 2\r\n", b"xx"), 400, None),
    "no host": (post("Content-Type: audio/wav\r\nContent-Length: 0\r\n"), 400, None),
    "two hosts": (post(f"{HOST}Host: evil.test\r\nContent-Length: 0\r\n"), 400, None),
    "another host": (post("Host: evil.test\r\nContent-Length: 0\r\n"), 400, "invalid_host"),
    "no name as host": (post("Host: a/b?c\r\nContent-Length: 0\r\n"), 400, "invalid_host"),
    "headers too large": (post(f"{HOST}X-A: {'a' * 400_000}\r\n"), 400, None),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400, None),
    "no type": (post(f"{HOST}Content-Length: 0\r\n"), 415, "unsupported_media_type"),
    "json": (
        post(f"{HOST}Content-Type: application/json\r\nContent-Length: 2\r\n", b"{}"),
        415,
        "unsupported_media_type",
    ),
    "no boundary": (
        post(f"{HOST}Content-Type: multipart/form-data\r\nContent-Length: 2\r\n", b"xx"),
        400,
        "invalid_body",
    ),
    "long boundary": (form(FIELD.format("a", "b"), boundary="b" * 5000), 400, "invalid_body"),
    "no last boundary": (form(FIELD.format("file", "x"), end=""), 400, "invalid_body"),
    "10,000 parts": (form(*["\r\n"] * 10_000), 400, "invalid_body"),
    "10,000 named parts": (form(*[FIELD.format("a", "b")] * 1_500), 400, "invalid_body"),
    "large part header": (form("X: " + "a" * 60_000 + "\r\n\r\nx"), 400, "invalid_body"),
    "many part headers": (form("X: a\r\n" * 100 + "\r\nx"), 400, "invalid_body"),
    "nameless part": (form("Content-Disposition: form-data\r\n\r\nx"), 400, "invalid_body"),
    "two files": (
        form(FIELD.format("file", "x"), FIELD.format("file", "y")),
        400,
        "repeated_parameter",
    ),
    "no file": (form(FIELD.format("stream", "false")), 400, "missing_parameter"),
    "field given twice": (
        form(FIELD.format("model", "x"), FIELD.format("model", "y")),
        400,
        "repeated_parameter",
    ),
    "unknown field": (form(FIELD.format("modle", "x")), 400, "unknown_parameter"),
    "field is not UTF-8": (form(FIELD.format("model", "\xff")), 400, "invalid_body"),
    "unknown path": (post(f"{HOST}Content-Length: 0\r\n", path="/v1/none"), 404, "not_found"),
    "encoded path": (post(f"{HOST}Content-Length: 0\r\n", path="/v1/%75as/"), 404, "not_found"),
}


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
