"""When the Python client tries again, how it waits for jobs, and what it makes of odd answers."""

import json
from collections.abc import Callable, Iterable

import httpx
import pytest

from uas_audio_client import (
    ApiError,
    AsyncUasClient,
    JobFailed,
    JobUnfinished,
    RetryPolicy,
    UasClient,
    UnexpectedAnswer,
)
from uas_audio_client.waiting import pauses_s
from uas_server.examples import UAS_EXAMPLE as ENVELOPE

FULL = {"message": "Full.", "type": "server_full_error", "param": None}
BODY = {"error": {**FULL, "code": "server_full", "request_id": "req_1"}}


def busy(status: int = 503, retry_after: str | None = None) -> httpx.Response:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return httpx.Response(status, json=BODY, headers=headers)


def good() -> httpx.Response:
    return httpx.Response(200, json=ENVELOPE)


class Scripted:
    """A transport that gives these answers, and keeps the bodies that it was sent."""

    def __init__(self, answers: Iterable[httpx.Response]) -> None:
        self._answers = iter(answers)
        self.bodies: list[bytes] = []
        self.transport = httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        boundary = request.headers.get("Content-Type", "").partition("boundary=")[2]
        self.bodies.append(request.content.replace(boundary.encode(), b""))
        return next(self._answers)


def client_of(script: Scripted, slept: list[float], **options: object) -> UasClient:
    return UasClient("http://test", transport=script.transport, sleep=slept.append, **options)


def test_a_busy_server_is_asked_again_when_it_said(tmp_path):
    file = tmp_path / "clip"
    file.write_bytes(b"audio")
    script, slept = Scripted([busy(retry_after="2"), busy(429, retry_after="7"), good()]), []
    with client_of(script, slept) as client:
        assert client.describe(file).id == ENVELOPE["id"]
    assert slept == [2.0, 7.0]
    assert len(set(script.bodies)) == 1
    assert b"audio" in script.bodies[0]


async def test_so_it_is_by_the_awaited_client():
    script, slept = Scripted([busy(retry_after="2"), good()]), []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with AsyncUasClient("http://test", transport=script.transport, sleep=sleep) as client:
        assert (await client.describe(b"audio")).id == ENVELOPE["id"]
    assert slept == [2.0]
    assert script.bodies[0] == script.bodies[1]


@pytest.mark.parametrize(
    ("status", "retry_after"),
    [
        (503, None),
        (503, "Wed, 21 Oct 2026 07:28:00 GMT"),
        (503, "31"),
        (500, "1"),
        (504, "1"),
        (400, "1"),
    ],
)
def test_nothing_else_is_tried_again(status, retry_after):
    slept: list[float] = []
    with (
        client_of(Scripted([busy(status, retry_after)]), slept) as client,
        pytest.raises(ApiError) as failed,
    ):
        client.describe(b"audio")
    assert slept == []
    assert failed.value.code == "server_full"


def test_after_so_many_tries_the_error_is_raised():
    script, slept = Scripted([busy(retry_after="1"), busy(retry_after="1")]), []
    with (
        client_of(script, slept, retries=RetryPolicy(tries=2)) as client,
        pytest.raises(ApiError, match="Full") as failed,
    ):
        client.describe(b"audio")
    assert (slept, failed.value.retry_after_s) == ([1.0], 1.0)


def test_a_connection_that_fails_is_not_tried_again():
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    slept: list[float] = []
    client = UasClient("http://test", transport=httpx.MockTransport(refuse), sleep=slept.append)
    with client, pytest.raises(httpx.ConnectError):
        client.describe(b"audio")
    assert slept == []


@pytest.mark.parametrize("content", [b"<html>Bad gateway", b"{}", b'{"error": 7}', b"[1]", b"null"])
def test_an_error_of_something_in_between_has_its_status_alone(content):
    answer = httpx.Response(502, content=content, headers={"X-Request-Id": "req_7"})
    with client_of(Scripted([answer]), []) as client, pytest.raises(ApiError) as failed:
        client.describe(b"audio")
    error = failed.value
    assert (error.status, error.code, error.request_id) == (502, None, "req_7")


CALLS: dict[str, Callable[[UasClient], object]] = {
    "describe": lambda client: client.describe(b"audio"),
    "ask": lambda client: client.ask(b"audio", "What?"),
    "submit_job": lambda client: client.submit_job(b"audio"),
    "job": lambda client: client.job("a"),
    "jobs": lambda client: list(client.jobs()),
    "job_result": lambda client: client.job_result("a"),
}


@pytest.mark.parametrize("content", [b"<html>Welcome", b"{}", b"[1]", b"null"])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_success_of_another_server_is_told_apart(call, content):
    script = Scripted([httpx.Response(200, content=content)])
    with client_of(script, []) as client, pytest.raises(UnexpectedAnswer):
        call(client)


def job(status: str, number: int = 0, **changes: object) -> dict[str, object]:
    return {
        "id": f"{number:032x}",
        "object": "job",
        "status": status,
        "progress": 0.25,
        "audio_s": 9.0,
        "created_at": 1,
        "started_at": None,
        "ended_at": None,
        "expires_at": None,
        "webhook_url": None,
        "error": None,
        **changes,
    }


def answers_of(*bodies: object) -> list[httpx.Response]:
    return [httpx.Response(200, content=json.dumps(body)) for body in bodies]


def test_a_job_is_asked_for_less_and_less_often():
    script = Scripted(answers_of(*[job("running")] * 3, job("succeeded"), ENVELOPE))
    slept: list[float] = []
    seen: list[float] = []
    with client_of(script, slept) as client:
        client.wait_for_job("a", on_progress=lambda job: seen.append(job.progress))
    assert slept == [0.5, 0.75, 1.125]
    assert seen == [0.25] * 4


def test_a_job_that_takes_too_long_goes_on():
    script, slept = Scripted(answers_of(*[job("running")] * 3)), []
    with (
        client_of(script, slept) as client,
        pytest.raises(JobUnfinished, match="is running, 25% done; it goes on") as late,
    ):
        client.wait_for_job("a", within_s=1.0)
    assert slept == [0.5, 0.5]
    assert late.value.job.progress == 0.25


def test_a_job_that_failed_says_why():
    script = Scripted(answers_of(job("failed", error=BODY["error"])))
    with client_of(script, []) as client, pytest.raises(JobFailed, match="Full") as failed:
        client.wait_for_job("a")
    assert failed.value.job.error.code == "server_full"


def test_pauses_grow_to_a_bound_and_fill_the_time():
    pauses = list(pauses_s(1_000.0))
    assert sum(pauses) == pytest.approx(1_000.0)
    assert max(pauses) == 15.0
    assert list(pauses_s(0.0)) == []


def test_every_page_of_jobs_is_listed():
    pages = [
        {"object": "list", "data": [job("running", 2), job("running", 1)], "next_cursor": "1-x"},
        {"object": "list", "data": [job("running", 0)], "next_cursor": None},
    ]
    with client_of(Scripted(answers_of(*pages)), []) as client:
        assert [int(found.id, 16) for found in client.jobs()] == [2, 1, 0]
