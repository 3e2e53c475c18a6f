"""Fetching by URL: only public addresses are dialled, whatever names and redirects say; bounded."""

import asyncio
import gzip
import socket
import ssl
import subprocess
import threading
import time
from contextlib import asynccontextmanager, contextmanager, suppress

import pytest

from uas_server.errors import ApiError
from uas_server.media.fake import FakeInternet
from uas_server.media.fetch import MOST_REDIRECTS, HttpFetcher
from uas_server.media.limits import FetchLimits
from uas_server.media.network import PublicNetwork

PUBLIC, OTHER, PRIVATE = "93.184.216.34", "1.1.1.1", "10.0.0.7"
CLIP = b"RIFF" + b"clip" * 1000
MOST_BYTES = 100_000
SECRET = b"the cloud's credentials"
NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody, and is made at once."""


class Site:
    """A server that answers each path with raw bytes, and keeps the heads of its requests."""

    def __init__(self, pages):
        self.pages, self.heads, self.visits = pages, [], []

    async def serve(self, reader, writer):
        self.visits.append(asyncio.current_task())
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.heads.append(head.decode())
            for piece in self.pages[head.split()[1].decode()]():
                writer.write(piece)
                await writer.drain()
                if piece == b"":  # a pause without end
                    await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client left, or the test is over
        finally:
            writer.close()


def page(body=CLIP, status="200 OK", **headers):
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode()
    return lambda: iter([head, body])


def moved(location, status="302 Found"):
    return page(b"", status, Location=location, Content_Length=0)


def endless():
    yield b"HTTP/1.1 200 OK\r\n\r\n"
    while True:
        yield b"x" * 10_000


def stuck():
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nRIFF"
    yield b""


PAGES = {
    "/clip": page(Content_Length=len(CLIP)),
    "/chunked": page(b"4\r\nRIFF\r\n0\r\n\r\n", Transfer_Encoding="chunked"),
    "/large": page(b"x", Content_Length=MOST_BYTES + 1),
    "/huge-length": page(b"x", Content_Length="9" * 18),
    "/endless": endless,
    "/stuck": stuck,
    "/bomb": page(gzip.compress(bytes(10_000_000)), Content_Encoding="gzip"),
    "/gone": page(b"no", "404 Not Found"),
    "/no-http": lambda: iter([b"SSH-2.0-x\r\n\r\n"]),
    "/cut": page(b"RIFF", Content_Length=100),
    "/once": moved("/clip"),
    "/there": moved("https://other.test/clip", "308 Permanent Redirect"),
    "/round": moved("/round"),
    "/to-private": moved("http://inside.test/secret"),
    "/to-address": moved(f"http://{PRIVATE}/secret"),
    "/to-mapped": moved(f"http://[::ffff:{PRIVATE}]/secret"),
    "/to-file": moved("file:///etc/passwd"),
    "/to-user": moved("http://a:b@cdn.test/clip"),
    "/to-port": moved("http://cdn.test:22/clip"),
    "/to-nonsense": moved("http://[::"),
    "/secret": page(SECRET),
}


@asynccontextmanager
async def internet(names=None):
    """A site at the public and at the private address, and the internet around it."""
    site = Site(PAGES)
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    known = {"cdn.test": [[PUBLIC]], "other.test": [[OTHER]], "inside.test": [[PRIVATE]]}
    fake = FakeInternet(known | (names or {}), {PUBLIC: port, OTHER: port, PRIVATE: port})
    async with server:
        yield site, fake
        for visit in site.visits:
            visit.cancel()
        await asyncio.gather(*site.visits)


def fetcher(fake, trust=None, **limits):
    given = {"most_bytes": MOST_BYTES, "most_s": 30.0, "plain_http": True, **limits}
    return HttpFetcher(FetchLimits(**given), PublicNetwork(fake.resolve, fake), trust or NOBODY)


async def fetch(fake, url, **limits):
    return await fetcher(fake, **limits).fetch(url, time.monotonic() + 60)


async def refused(code, fake, url, **limits):
    with pytest.raises(ApiError) as caught:
        await fetch(fake, url, **limits)
    assert (caught.value.code, caught.value.param) == (code, "url")
    assert PRIVATE not in fake.dialled
    return caught.value.message


@pytest.mark.parametrize("path", ["/clip", "/once"])
async def test_a_clip_comes_back_as_it_is(path):
    async with internet() as (site, fake):
        assert await fetch(fake, f"http://cdn.test{path}") == CLIP
        assert "Host: cdn.test\r\n" in site.heads[-1]
        assert set(fake.dialled) == {PUBLIC}
        assert await fetch(fake, "http://cdn.test/chunked") == b"RIFF"


@pytest.mark.parametrize(
    "url",
    [
        *("", "clip", "file:///etc/passwd", "ftp://cdn.test/clip", "gopher://cdn.test/", "http://"),
        *("http://a:b@cdn.test/clip", "http://a@cdn.test/clip", "http://cdn.test:22/clip"),
        *("http://cdn.test:8080/clip", "http://[::", "http://cdn.test\r\nX: y/", "//cdn.test/clip"),
        "http://cdn.test/" + "a" * 3000,
    ],
)
async def test_urls_of_other_kinds_are_not_even_looked_up(url):
    async with internet() as (_, fake):
        await refused("url_not_allowed", fake, url)
        assert fake.looked_up == []


async def test_plain_http_and_other_hosts_only_by_setting():
    async with internet() as (_, fake):
        await refused("url_not_allowed", fake, "http://cdn.test/clip", plain_http=False)
        only = frozenset({"cdn.test"})
        await refused("url_not_allowed", fake, "http://other.test/clip", hosts=only)
        await refused("url_not_allowed", fake, "http://xcdn.test/clip", hosts=only)
        await refused("url_not_allowed", fake, "http://cdn.test.other.test/clip", hosts=only)
        assert fake.looked_up == []
        assert await fetch(fake, "http://CDN.test/clip", hosts=only) == CLIP


@pytest.mark.parametrize(
    "answers",
    [
        *([PRIVATE], [PUBLIC, PRIVATE], [PRIVATE, PUBLIC], ["127.0.0.1"], ["169.254.169.254"]),
        *(["::1"], [f"::ffff:{PRIVATE}"], ["64:ff9b::a00:7"], ["fe80::1%2"], []),
    ],
)
async def test_a_name_has_to_lead_to_public_addresses_alone(answers):
    async with internet({"cdn.test": [answers]}) as (_, fake):
        message = await refused("url_not_allowed", fake, "http://cdn.test/clip")
        assert "public address" in message
        assert fake.dialled == []


async def test_a_name_that_changes_between_check_and_connection_gains_nothing():
    async with internet({"cdn.test": [[PUBLIC], [PRIVATE]]}) as (_, fake):
        assert await fetch(fake, "http://cdn.test/clip") == CLIP
        assert (fake.looked_up, fake.dialled) == (["cdn.test"], [PUBLIC])
    async with internet({"cdn.test": [[PUBLIC], [PRIVATE]]}) as (_, fake):
        await refused("url_not_allowed", fake, "http://cdn.test/once")
        assert fake.dialled == [PUBLIC]


@pytest.mark.parametrize(
    "path", ["/to-private", "/to-address", "/to-mapped", "/to-file", "/to-user", "/to-port"]
)
async def test_redirects_are_checked_like_urls(path):
    async with internet() as (site, fake):
        await refused("url_not_allowed", fake, f"http://cdn.test{path}")
        assert len(site.heads) == 1


async def test_a_redirect_to_a_host_that_is_not_listed_is_refused():
    async with internet() as (_, fake):
        only = frozenset({"cdn.test"})
        await refused("url_not_allowed", fake, "http://cdn.test/there", hosts=only)
        assert fake.dialled == [PUBLIC]


async def test_redirects_end():
    async with internet() as (site, fake):
        await refused("fetch_failed", fake, "http://cdn.test/round")
        assert len(site.heads) == MOST_REDIRECTS + 1


@pytest.mark.parametrize("path", ["/large", "/huge-length", "/endless"])
async def test_a_body_is_counted_while_it_comes(path):
    async with internet() as (_, fake):
        await refused("body_too_large", fake, f"http://cdn.test{path}")


async def test_a_compressed_body_stays_compressed():
    async with internet() as (site, fake):
        assert (await fetch(fake, "http://cdn.test/bomb")).startswith(b"\x1f\x8b")
        assert "Accept-Encoding: identity\r\n" in site.heads[-1]


async def test_failures_of_any_kind_say_the_same():
    async with internet({"down.test": [["9.9.9.9"]]}) as (_, fake):
        said = {
            await refused("fetch_failed", fake, url, most_s=most_s)
            for url, most_s in (
                ("http://cdn.test/gone", 30.0),
                ("http://cdn.test/no-http", 30.0),
                ("http://cdn.test/cut", 30.0),
                ("http://cdn.test/to-nonsense", 30.0),
                ("http://down.test/clip", 30.0),
                ("https://cdn.test/clip", 0.5),
                ("http://cdn.test/stuck", 0.5),
            )
        }
        assert len(said) == 1


async def test_the_request_s_deadline_goes_before_the_fetch_s_own():
    async with internet() as (_, fake):
        with pytest.raises(ApiError, match="in time"):
            await fetcher(fake).fetch("http://cdn.test/stuck", time.monotonic() + 0.5)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A key, and a certificate for cdn.test that nobody but the test trusts."""
    folder = tmp_path_factory.mktemp("tls")
    key, made = folder / "key.pem", folder / "cert.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        f"-subj /CN=cdn.test -addext subjectAltName=DNS:cdn.test -keyout {key} -out {made}"
    )
    try:
        subprocess.run(command.split(), check=True, capture_output=True)  # noqa: S603
    except FileNotFoundError:
        pytest.skip("makes its certificate with openssl, which is not here")
    return key, made


def answer_privately(connection):
    with connection:
        connection.recv(1 << 16)
        connection.sendall(b"".join(PAGES["/clip"]()))


@contextmanager
def tls_site(context):
    """A site behind TLS, in a thread: asyncio leaves a transport of each failed handshake."""

    def serve():
        with suppress(OSError):  # the listener is shut down
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):  # the client does not trust us
                    answer_privately(context.wrap_socket(connection, server_side=True))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


async def test_tls_asks_for_the_name_and_checks_it(certificate):
    key, made = certificate
    asked = []
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(made, key)
    theirs.sni_callback = lambda _, name, __: asked.append(name)
    ours = ssl.create_default_context(cafile=str(made))
    names = {"cdn.test": [[PUBLIC]], "other.test": [[PUBLIC]]}
    with tls_site(theirs) as port:
        fake = FakeInternet(names, {PUBLIC: port})
        deadline = time.monotonic() + 60
        body = await fetcher(fake, ours).fetch("https://cdn.test/clip", deadline)
        assert (body, asked) == (CLIP, ["cdn.test"])
        for trust, url in ((ours, "https://other.test/clip"), (None, "https://cdn.test/clip")):
            with pytest.raises(ApiError, match="did not lead to a clip"):
                await fetcher(fake, trust).fetch(url, deadline)


class OneClip:
    """Fetches the same clip from anywhere."""

    def __init__(self, clip):
        self.clip, self.asked = clip, []

    async def fetch(self, url, deadline):
        self.asked.append(url)
        return self.clip


URL = "https://cdn.test/clip"


@pytest.mark.parametrize(
    ("path", "fields"), [("/v1/uas", {"max_tokens": "64"}), ("/v1/ask", {"question": "?"})]
)
async def test_a_form_may_name_a_url_instead_of_a_file(server_of, clip, path, fields):
    one = OneClip(clip)
    async with server_of(fetcher=one) as client:

        async def sent(**parts):
            files = {name: (None, value) for name, value in {**fields, **parts}.items()}
            answer = await client.post(path, files=files)
            return answer.status_code, answer.json().get("error", {}).get("code")

        assert await sent(url=URL) == (200, None)
        assert one.asked == [URL]
        assert await sent(url=URL, file=clip) == (400, "invalid_parameter")
        assert await sent(url=URL, modle="x") == (400, "unknown_parameter")
        assert await sent() == (400, "missing_parameter")
        assert one.asked == [URL]
        one.clip = gzip.compress(clip)
        assert await sent(url=URL) == (415, "unsupported_media_type")


async def test_it_is_off_by_default(client, clip):
    answer = await client.post("/v1/uas", files={"url": (None, URL)})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "url_not_allowed")
