"""A recording becomes a job, the job a result; who may see it, and when it is gone."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from clips import encoded, tone
from job_client import ended, result, submit, until
from talking import SAID, WORDS, speaking

from uas_server.engine.fake import FakeEngine, Reply, legal_reply

pytestmark = pytest.mark.asyncio(loop_scope="module")  # servers are shared, and work in their loop


def slow(request) -> Reply:
    return Reply(legal_reply(request).text, latency_s=60.0)


@pytest.fixture(scope="module")
def long_clip() -> bytes:
    """Seven seconds: four windows of a model that hears two."""
    return encoded(tone(7.0))


async def test_a_job_gives_what_a_request_gives(server_of, model_of, long_clip):
    async with server_of(model=model_of(document_window_s=2)) as client:
        whole = (await client.post("/v1/uas", files={"file": long_clip})).json()
        job = await submit(client, long_clip)
        assert job["status"] == "queued"
        assert (job["progress"], job["audio_s"], job["error"]) == (0.0, 7.0, None)
        done = await ended(client, job)
        assert (done["status"], done["progress"]) == ("succeeded", 1.0)
        assert done["created_at"] <= done["started_at"] <= done["ended_at"] < done["expires_at"]
        envelope = await result(client, job)
    assert envelope["id"] == job["id"]
    for name in ("uas", "segments", "confidence", "usage", "truncated", "incomplete", "model"):
        assert envelope[name] == whole[name], name
    assert len(envelope["segments"]) == 4
    for before, after in itertools.pairwise(envelope["segments"]):
        assert before["end_s"] == after["start_s"]


async def test_the_bare_audio_is_taken_too_with_its_parameters_in_the_query(client, clip):
    answer = await client.post(
        "/v1/jobs?max_tokens=12", content=clip, headers={"content-type": "audio/wav"}
    )
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/jobs/{answer.json()['id']}"
    await ended(client, answer.json())
    assert (await result(client, answer.json()))["truncated"] is True


async def test_words_are_kept_from_window_to_window_and_end_cues(server_of, model_of):
    """A transcript that would like to be markup, in two windows."""
    model = model_of(FakeEngine(speaking), draft=SAID, words=WORDS, window_s=2)
    async with server_of(model=model) as client:
        clip = encoded(tone(3.0))
        timed, plain = await submit(client, clip, words="true"), await submit(client, clip)
        for job in (timed, plain):
            await ended(client, job)
        envelope = await result(client, timed)
        assert [word["word"] for word in envelope["words"]] == 2 * SAID.split()
        assert (await result(client, plain))["words"] is None
        subtitles = await result(client, timed, "srt")
        whole = await result(client, plain, "vtt")
    assert subtitles.startswith("1\n00:00:00,100 --> 00:00:00,300\nHello there.\n\n2\n")
    assert subtitles.count("-->") == 4
    assert whole.startswith("WEBVTT\n\n00:00:00.000 --> ")
    assert whole.count("-->") == 2
    assert "<i>" not in subtitles + whole


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def small(
    server_of, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[httpx.AsyncClient, Path]]:
    """Client of a server that takes little, and its folder."""
    folder = tmp_path_factory.mktemp("small")
    async with server_of(state_folder=folder, job_audio_s=2.0, job_upload_bytes=110_000) as client:
        yield client, folder


@pytest.mark.parametrize(
    ("audio", "fields", "status", "code"),
    [
        (b"%PDF-1.7", {}, 415, "unsupported_media_type"),
        (encoded(tone(3.0)), {}, 413, "audio_too_long"),
        (encoded(tone(5.0)), {}, 413, "body_too_large"),
        (encoded(tone(1.0)), {"stream": "true"}, 400, "unknown_parameter"),
        (encoded(tone(1.0)), {"url": "https://a.example/a.wav"}, 400, "unknown_parameter"),
        (encoded(tone(1.0)), {"model": "other"}, 404, "model_not_found"),
        (encoded(tone(1.0)), {"webhook_url": "https://a.example"}, 400, "invalid_parameter"),
    ],
)
async def test_what_can_be_refused_is_refused_at_once_and_leaves_nothing(
    small, audio, fields, status, code
):
    client, folder = small
    answer = await client.post("/v1/jobs", files={"file": audio}, data=fields)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["code"] == code
    assert list(folder.glob("audio/*")) == []


async def test_what_is_found_out_later_is_the_job_s_error(small):
    client, folder = small
    done = await ended(client, await submit(client, encoded(tone(0.01))))
    assert (done["status"], done["error"]["code"]) == ("failed", "audio_too_short")
    assert done["error"]["type"] == "invalid_request_error"
    assert set(done["error"]) == {"message", "type", "param", "code", "request_id"}
    assert list(folder.glob("audio/*")) == []


async def test_a_server_without_jobs_says_so(server_of, clip):
    async with server_of(jobs=False) as client:
        answer = await client.post("/v1/jobs", files={"file": clip})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_a_larger_upload_than_a_request_s_is_taken(server_of):
    async with server_of(upload_bytes=2_000, job_upload_bytes=70_000) as client:
        assert (await submit(client, encoded(tone(2.0))))["audio_s"] == 2.0


async def test_jobs_are_the_caller_s_own(server_of, clip):
    async with server_of(api_keys=["one", "two"]) as client:
        client.headers["authorization"] = "Bearer one"
        job = await submit(client, clip)
        await ended(client, job)
        client.headers["authorization"] = "Bearer two"
        path = f"/v1/jobs/{job['id']}"
        for method, of in (("GET", path), ("DELETE", path), ("GET", f"{path}/result")):
            answer = await client.request(method, of)
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
        assert (await client.get("/v1/jobs")).json()["data"] == []
        client.headers["authorization"] = "Bearer one"
        assert [each["id"] for each in (await client.get("/v1/jobs")).json()["data"]] == [job["id"]]


async def test_a_list_goes_on_behind_its_cursor(server_of, clip):
    async with server_of(FakeEngine(slow)) as client:
        jobs = [await submit(client, clip) for _ in range(3)]
        seen, cursor = [], {}
        for size in (2, 1):
            page = (await client.get("/v1/jobs", params={"limit": 2, **cursor})).json()
            assert len(page["data"]) == size
            seen += [each["id"] for each in page["data"]]
            cursor = {"cursor": page["next_cursor"]}
        assert page["next_cursor"] is None
        assert sorted(seen) == sorted(each["id"] for each in jobs)
        for wrong in ("limit=0", "limit=101", "cursor=7", "cursor=1-x", "limit=2&limit=3", "a=b"):
            assert (await client.get(f"/v1/jobs?{wrong}")).status_code == 400, wrong


async def test_a_result_is_there_when_the_job_has_succeeded_and_not_before(server_of, clip):
    async with server_of(FakeEngine(slow)) as client:
        job = await submit(client, clip)
        answer = await client.get(f"/v1/jobs/{job['id']}/result")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "job_has_no_result")
        for wrong in ("x" * 32, "..%2f..", "A" * 32, "0" * 32, "%00"):
            assert (await client.get(f"/v1/jobs/{wrong}")).status_code == 404, wrong
        assert (await client.get(f"/v1/jobs/{job['id']}/result?format=pdf")).status_code == 400


async def test_the_same_key_with_the_same_body_is_one_job(server_of, clip):
    async with server_of() as client:

        async def send(key: str, audio: bytes = clip, **fields: str):
            return await client.post(
                "/v1/jobs", files={"file": audio}, data=fields, headers={"idempotency-key": key}
            )

        first, again, *rest = await asyncio.gather(*(send("k") for _ in range(4)))
        assert [answer.status_code for answer in (first, again, *rest)] == [202] * 4
        assert len({answer.json()["id"] for answer in (first, again, *rest)}) == 1
        assert len((await client.get("/v1/jobs")).json()["data"]) == 1
        for other in (send("k", encoded(tone(2.0))), send("k", max_tokens="9")):
            error = (await other).json()["error"]
            assert (error["code"], error["param"]) == ("idempotency_conflict", "Idempotency-Key")
        assert (await send("other")).json()["id"] != first.json()["id"]
        for wrong in ("", "a b", "x" * 256):
            assert (await send(wrong)).json()["error"]["code"] == "invalid_parameter"
        await ended(client, first.json())
        assert (await send("k")).json()["status"] == "succeeded"


async def test_a_running_job_that_is_deleted_stops_and_its_place_is_free(server_of, clip, tmp_path):
    engine = FakeEngine(slow)
    server = server_of(engine, state_folder=tmp_path)
    async with server as client:
        job = await submit(client, clip)
        await until(client, job, lambda now: now["status"] == "running" and engine.requests)
        assert (await client.delete(f"/v1/jobs/{job['id']}")).status_code == 204
        now = await until(client, job, lambda now: now["status"] == "cancelled")
        assert now["ended_at"] is not None
        assert list(tmp_path.glob("audio/*")) == []
        async with asyncio.timeout(5), server.services.admission.background_turn():
            pass
        assert (await client.delete(f"/v1/jobs/{job['id']}")).status_code == 204
        assert (await client.get(f"/v1/jobs/{job['id']}")).status_code == 404
        assert (await client.delete(f"/v1/jobs/{job['id']}")).status_code == 404


async def test_a_server_with_enough_jobs_says_when_to_come_back(server_of, clip):
    async with server_of(FakeEngine(slow), jobs_waiting=1) as client:
        first = await submit(client, clip)
        await until(client, first, lambda now: now["status"] == "running")
        await submit(client, clip)
        answer = await client.post("/v1/jobs", files={"file": clip})
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "server_full")
        assert int(answer.headers["retry-after"]) > 0


async def test_an_engine_that_dies_once_costs_a_job_nothing(server_of, model_of, long_clip):
    calls = itertools.count()

    def script(request) -> Reply:
        crash = 0 if next(calls) == 3 else None
        return Reply(legal_reply(request).text, crash_after_tokens=crash)

    async with server_of(model=model_of(FakeEngine(script), window_s=2)) as client:
        job = await submit(client, long_clip)
        assert (await ended(client, job))["status"] == "succeeded"
        assert len((await result(client, job))["segments"]) == 4


async def test_an_engine_that_dies_over_every_try_fails_the_job(server_of, clip):
    def script(request) -> Reply:
        return Reply(legal_reply(request).text, crash_after_tokens=0)

    async with server_of(FakeEngine(script)) as client:
        done = await ended(client, await submit(client, clip))
        assert (done["status"], done["error"]["code"]) == ("failed", "engine_unavailable")


async def test_states_are_counted(server_of, clip):
    server = server_of()
    async with server as client:
        await ended(client, await submit(client, clip))
        await server.services.jobs.housekeeping.round()
        text = (await client.get("/metrics")).text
        assert 'uas_jobs{state="succeeded"} 1.0' in text
        assert 'uas_jobs{state="running"} 0.0' in text
        assert 'route="/v1/jobs/{job_id}"' in text


async def test_a_request_waits_for_one_window_of_a_job_at_most(server_of, model_of, long_clip):
    engine = FakeEngine(
        lambda request: Reply(legal_reply(request).text, latency_s=0.1), max_concurrency=1
    )
    async with server_of(model=model_of(engine, window_s=2)) as client:
        job = await submit(client, encoded(tone(60.0)))
        await until(client, job, lambda now: now["progress"] > 0)
        request = await client.post("/v1/uas", files={"file": encoded(tone(0.9))})
        assert request.status_code == 200
        assert (await client.get(f"/v1/jobs/{job['id']}")).json()["status"] == "running"
        lengths = [sum(map(len, each.audio)) for each in engine.requests]
        asked = lengths.index(round(0.9 * 16_000))
        assert lengths[asked + 1] == lengths[asked], "a job's window came between"
        await client.delete(f"/v1/jobs/{job['id']}")


async def test_two_servers_on_one_database_share_the_work(server_of, model_of, clip, tmp_path):
    engines = [FakeEngine(), FakeEngine()]
    servers = [server_of(engine, state_folder=tmp_path) for engine in engines]
    async with servers[0] as first, servers[1] as second:
        jobs = [await submit(first, clip) for _ in range(4)]
        for job in jobs:
            assert (await ended(second, job))["status"] == "succeeded"
            assert await result(first, job) == await result(second, job)
    assert sum(len(engine.requests) for engine in engines) == 2 * len(jobs)


async def test_no_more_uploads_than_there_are_places(server_of, clip):
    server = server_of(job_uploads=1)
    async with server as client, server.services.jobs.desk.receiving():
        answer = await client.post("/v1/jobs", files={"file": clip})
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "server_full")
