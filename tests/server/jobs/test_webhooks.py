"""Webhooks are signed, tried again, survive restarts, and reach no address that they must not."""

import asyncio
import base64
import hashlib
import hmac
import json
import random
import re

import httpx
import pytest
from job_client import ended, submit
from job_rows import new_job

from uas_server.errors import ApiError
from uas_server.jobs import deliveries, leases, records
from uas_server.jobs.poster import (
    AddressRefused,
    HttpxPoster,
    PostFailed,
    any_address,
    public_address,
)
from uas_server.jobs.record import Failure
from uas_server.jobs.webhooks import Sender, check_url, signed_headers
from uas_server.metrics import Metrics

SECRET = "a secret of some length"  # noqa: S105


class Posts:
    """A poster that answers with the statuses it was given, then 200; exceptions are raised."""

    def __init__(self, *answers: int | Exception) -> None:
        self.sent: list[tuple[str, bytes, dict[str, str]]] = []
        self._answers = list(answers)

    async def post(self, url, body, headers) -> int:
        self.sent.append((url, body, dict(headers)))
        answer = self._answers.pop(0) if self._answers else 200
        if isinstance(answer, Exception):
            raise answer
        return answer


class Turned:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now_ms = 1_000_000

    def __call__(self) -> int:
        return self.now_ms


def outcomes(metrics: Metrics) -> dict[str, int]:
    found = re.findall(r'uas_webhooks_total{outcome="(\w+)"} (\d+)', metrics.text().decode())
    return {name: int(count) for name, count in found if count != "0"}


async def failed_job(database) -> str:
    """A job that failed and wants that to be told."""
    job = new_job(webhook_url="https://hooks.example/in")
    await database.run(records.add, job, 0)
    claimed = await database.run(leases.claim, "w", 10, 20)
    end = leases.End("w", 500_000, 2**50)
    await database.run(leases.fail, claimed, end, Failure("bad_audio", "It is bad.", "file"))
    return job.id


def sender(database, posts, clock, metrics, tries=4) -> Sender:
    dice = random.Random(1)
    return Sender(database, posts, metrics, clock, secret=SECRET, tries=tries, dice=dice)


async def test_what_is_sent_is_the_job_and_its_signature_verifies(database):
    clock, posts = Turned(), Posts()
    job_id = await failed_job(database)
    assert await sender(database, posts, clock, Metrics()).send_one()
    ((url, body, headers),) = posts.sent
    assert url == "https://hooks.example/in"
    sent = json.loads(body)
    assert (sent["id"], sent["status"], sent["error"]["code"]) == (job_id, "failed", "bad_audio")
    assert headers["Webhook-Timestamp"] == "1000"
    signed = f"{headers['Webhook-Id']}.1000.".encode() + body
    digest = hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()
    assert headers["Webhook-Signature"] == "v1," + base64.b64encode(digest).decode()


def test_a_secret_of_standard_webhooks_is_its_decoded_bytes():
    """The example of the specification's own libraries."""
    headers = signed_headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert headers["Webhook-Signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_what_fails_is_tried_again_later_and_later_and_given_up(database):
    clock, posts, metrics = Turned(), Posts(500, PostFailed("x"), 302, 404), Metrics()
    await failed_job(database)
    waits = []
    for _ in range(3):
        # A new one each time: what is to be done is in the database, as after a restart.
        assert await sender(database, posts, clock, metrics).send_one()
        began = clock.now_ms
        while not await database.run(deliveries.take, clock.now_ms, clock.now_ms):
            clock.now_ms += 250
        waits.append((clock.now_ms - began) / 1_000)
    for wait_s, expected_s in zip(waits, (5, 10, 20), strict=True):
        assert expected_s * 0.5 <= wait_s <= expected_s * 1.5 + 0.25
    assert await sender(database, posts, clock, metrics).send_one()
    clock.now_ms += 10**9
    assert not await sender(database, posts, clock, metrics).send_one()
    assert len(posts.sent) == 4
    assert len({headers["Webhook-Id"] for _, _, headers in posts.sent}) == 1
    assert outcomes(metrics) == {"failed": 3, "given_up": 1}


async def test_an_address_that_is_refused_is_not_tried_again(database):
    clock, posts, metrics = Turned(), Posts(AddressRefused("x")), Metrics()
    await failed_job(database)
    one = sender(database, posts, clock, metrics)
    assert await one.send_one()
    clock.now_ms += 10**9
    assert not await one.send_one()
    assert outcomes(metrics) == {"refused": 1}


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),  # noqa: S104 - what must not be reached
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fec0::1"),
        *("fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1"),
        *("2002:7f00:1::", "192.0.2.1", "2001:db8::1", "::127.0.0.1", "::ffff:0:127.0.0.1"),
        *("64:ff9b:1::a00:1", "::ffff:1.1.1.1", "192.88.99.1", "3fff::1"),
    ],
)
async def test_no_webhook_goes_to_an_address_that_is_not_public(address):
    with pytest.raises(AddressRefused):
        await public_address(address, 443)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111"])
async def test_webhooks_go_to_public_addresses(address):
    assert await public_address(address, 443) == address


async def test_a_host_is_looked_at_before_anything_is_sent():
    requests = []
    transport = httpx.MockTransport(requests.append)
    poster = HttpxPoster(public_address, transport=transport)
    for url in (
        "https://127.0.0.1/",
        "https://[::1]:8443/",
        "https://localhost/",
        "https://2130706433/",
    ):
        with pytest.raises(AddressRefused):
            await poster.post(url, b"{}", {})
    assert requests == []


async def test_the_connection_goes_to_the_address_that_was_checked_under_its_name():
    requests = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(302, headers={"location": "http://127.0.0.1/"})

    async def check(host: str, port: int) -> str:
        assert (host, port) == ("hooks.example", 8443)
        return "93.184.216.34"

    poster = HttpxPoster(check, transport=httpx.MockTransport(answer))
    url = "https://hooks.example:8443/in?a=b"
    assert await poster.post(url, b"{}", {"Webhook-Id": "1"}) == 302
    (request,) = requests
    assert str(request.url) == "https://93.184.216.34:8443/in?a=b"
    assert request.headers["host"] == "hooks.example:8443"
    assert request.extensions["sni_hostname"] == "hooks.example"


async def test_no_answer_is_a_typed_failure():
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    poster = HttpxPoster(any_address, transport=httpx.MockTransport(broken))
    with pytest.raises(PostFailed, match="ConnectError"):
        await poster.post("http://127.0.0.1:9/", b"", {})


@pytest.mark.parametrize(
    "url",
    [
        *("", "hooks.example", "ftp://hooks.example/", "http://hooks.example/", "https://"),
        *("https://user:pw@hooks.example/", "https://hooks.example/#part", "https://h:99999/"),
        *("https://hooks.example/\r\nX: y", "https://hööks.example/", "https://h/" + "a" * 2_048),
        "javascript:alert(1)",
    ],
)
def test_what_is_no_webhook_is_refused(url):
    with pytest.raises(ApiError, match=r"^webhook_url: "):
        check_url(url, private=False)


def test_https_is_taken_and_http_where_private_addresses_are():
    check_url("https://hooks.example/in?a=b", private=False)
    check_url("http://127.0.0.1:9/in", private=True)


async def test_a_server_with_a_secret_tells_when_a_job_has_ended(server_of, clip):
    """Through the whole server, to a receiver on loopback."""
    received = asyncio.get_running_loop().create_future()

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
        received.set_result((head, await reader.readexactly(length)))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()
        writer.close()

    receiver = await asyncio.start_server(receive, "127.0.0.1", 0)
    port = receiver.sockets[0].getsockname()[1]
    server = server_of(webhook_secret=SECRET, webhook_private_addresses=True)
    async with receiver, server as client:
        job = await submit(client, clip, webhook_url=f"http://127.0.0.1:{port}/in")
        await ended(client, job)
        async with asyncio.timeout(30):
            head, body = await received
    assert head.startswith(b"POST /in HTTP/1.1\r\n")
    assert json.loads(body)["status"] == "succeeded"
    assert b"transcription" not in body
