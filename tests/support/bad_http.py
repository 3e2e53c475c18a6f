"""Requests that are no good HTTP, or no good form: raw bytes, and how to exchange them."""

import asyncio
import contextlib

import httpx

HOST = "Host: 127.0.0.1\r\n"


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


def chat(body: bytes) -> bytes:
    """A chat whose body is these bytes."""
    return post(f"{HOST}{JSON}Content-Length: {len(body)}\r\n", body, path=CHAT)


CHAT = "/v1/chat/completions"
JSON = "Content-Type: application/json\r\n"
FIELD = 'Content-Disposition: form-data; name="{}"\r\n\r\n{}'
CHUNKED = f"{HOST}Content-Type: audio/wav\r\nTransfer-Encoding: chunked\r\n"
AUDIO = f"{HOST}Content-Type: audio/wav\r\n"

Cases = dict[str, tuple[bytes, int, str | None]]


def cases(limit: int) -> Cases:
    """Request, status and code by name, for a server that takes `limit` bytes."""
    return {
        "declared too long": (post(f"{AUDIO}Content-Length: 99999999\r\n"), 413, "body_too_large"),
        "too long in chunks": (
            post(CHUNKED, (b"10000\r\n" + b"x" * 65536 + b"\r\n") * (limit // 65536 + 2)),
            413,
            "body_too_large",
        ),
        "file part too long": (
            form(FIELD.format("file", "x" * (limit + 1))),
            413,
            "body_too_large",
        ),
        "negative length": (post(f"{AUDIO}Content-Length: -1\r\n"), 400, None),
        "length is a word": (post(f"{AUDIO}Content-Length: many\r\n"), 400, None),
        "two lengths": (
            post(f"{AUDIO}Content-Length: 1\r\nContent-Length: 2\r\n", b"xx"),
            400,
            None,
        ),
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
        "many named parts": (form(*[FIELD.format("a", "b")] * (limit // 64)), 400, "invalid_body"),
        "large part header": (
            form("X: " + "a" * (limit - 4_000) + "\r\n\r\nx"),
            400,
            "invalid_body",
        ),
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
        "JSON of great depth": (chat(b'{"messages":' * 10_000), 400, "invalid_body"),
        "JSON that is cut": (chat(b'{"messages":[{"role"'), 400, "invalid_body"),
        "chat declared too long": (
            post(f"{HOST}{JSON}Content-Length: 99999999\r\n", path=CHAT),
            413,
            "body_too_large",
        ),
        "unknown path": (post(f"{HOST}Content-Length: 0\r\n", path="/v1/none"), 404, "not_found"),
        "encoded path": (post(f"{HOST}Content-Length: 0\r\n", path="/v1/%75as/"), 404, "not_found"),
    }
