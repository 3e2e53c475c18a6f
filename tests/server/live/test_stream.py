"""Live sessions over real WebSockets, with the scripted engine."""

import asyncio
import base64
import itertools
import json
from contextlib import ExitStack
from urllib.parse import urlsplit

import numpy as np
import pytest
from live_client import (
    begin,
    documents,
    hear,
    hear_all,
    opened,
    pcm,
    say,
    stopped,
    stream_url,
    streamed,
)
from signals import silence, vowels
from talking import speaking
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from uas_server.engine.fake import FakeEngine, Reply, legal_reply

FAST = {"live_speed": 1e6, "live_buffer_s": 1e6}
KEY = "schlüssel"
MOST = 60_000


@pytest.fixture(scope="module")
def speech() -> bytes:
    """Two utterances, each with silence around it, 16 kHz."""
    parts = [silence(0.5), vowels(1.0), silence(1.0), vowels(1.0, 3), silence(1.0)]
    return pcm(np.concatenate(parts))


@pytest.fixture(scope="module")
def url(server_of):
    with server_of(FakeEngine(speaking), **FAST).live() as url:
        yield url


def pieces(audio: bytes, sizes: list[int]) -> list[bytes]:
    edges = [0, *itertools.accumulate(sizes)]
    edges += [*range(edges[-1] + MOST, len(audio), MOST), len(audio)]
    return [audio[start:end] for start, end in itertools.pairwise(edges)]


async def test_documents_come_with_their_places_and_the_stream_ends(url, speech):
    events, code = await streamed(url, pieces(speech, [32_000] * 4))
    assert code == 1000
    found = documents(events)
    assert [segment["kind"] for segment, _ in found] == ["voice", "voice"]
    assert [segment["index"] for segment, _ in found] == [0, 1]
    assert all(document["transcription"] for _, document in found)
    numbers = [event["number"] for event in events if "number" in event]
    assert numbers == list(range(1, len(numbers) + 1))
    assert events[-1]["event"] == "done"
    assert events[-1]["data"] == {"segments": 2, "audio_s": len(speech) / 32_000}
    for segment, document in found:
        texts = [
            event["data"]["text"]
            for event in events
            if event["event"] == "delta" and event["segment"] == segment
        ]
        assert json.loads("".join(texts)) == document


@pytest.mark.parametrize("seed", range(3))
async def test_how_messages_are_cut_changes_nothing(url, speech, seed):
    rng = np.random.default_rng(seed)
    sizes = [int(size) * 2 for size in rng.integers(0, 12_000, 9)]
    cut, _ = await streamed(url, pieces(speech, sizes))
    whole, _ = await streamed(url, pieces(speech, []))
    assert documents(cut) == documents(whole)


async def test_long_speech_is_cut_to_what_a_document_may_be_of(server_of, model_of):
    said = np.concatenate([silence(0.5), vowels(4.0), silence(1.0)])
    model = model_of(FakeEngine(speaking), document_window_s=1)
    with server_of(model=model, **FAST).live() as url:
        events, code = await streamed(url, pieces(pcm(said), []))
    assert code == 1000
    places = [segment for segment, _ in documents(events)]
    assert len(places) >= 4
    assert all(each["end_s"] - each["start_s"] <= 1 for each in places)


async def test_another_rate_is_resampled(url):
    low = np.concatenate([silence(0.5), vowels(1.0), silence(1.0)])[::2]
    events, code = await streamed(url, [pcm(low)], sample_rate_hz=8_000)
    assert code == 1000
    assert events[-1]["data"]["audio_s"] == 2.5


@pytest.mark.parametrize("gone_after", [34_000, 56_000, 90_000])
async def test_a_client_that_comes_back_loses_and_repeats_nothing(url, speech, gone_after):
    whole, _ = await streamed(url, pieces(speech, []))
    async with opened(url) as socket:
        ready = await begin(socket)
        for message in pieces(speech[:gone_after], []):
            await socket.send(message)
        first = await hear(socket, "ack")
        socket.transport.abort()
    async with opened(url) as socket:
        token = ready["resume_token"]
        await say(socket, {"type": "resume", "resume_token": token, "last_number": 0})
        again = (await hear(socket, "ready"))["data"]
        assert again["acknowledged_samples"] >= first["data"]["acknowledged_samples"]
        rest = speech[2 * again["acknowledged_samples"] :]
        for message in pieces(rest, []):
            await socket.send(message)
        await say(socket, {"type": "end"})
        events, code = await hear_all(socket)
    assert code == 1000
    assert documents(events) == documents(whole)


async def test_events_that_arrived_are_not_given_again(url, speech):
    async with opened(url) as socket:
        ready = await begin(socket)
        for message in pieces(speech[:96_000], []):
            await socket.send(message)
        last = (await hear(socket, "final"))["number"]
        socket.transport.abort()
    async with opened(url) as socket:
        token = ready["resume_token"]
        await say(socket, {"type": "resume", "resume_token": token, "last_number": last})
        await hear(socket, "ready")
        await say(socket, {"type": "end"})
        events, _ = await hear_all(socket)
    assert events[0]["number"] == last + 1


async def test_a_second_connection_takes_over(url, speech):
    async with opened(url) as old, opened(url) as new:
        ready = await begin(old)
        token = ready["resume_token"]
        await say(new, {"type": "resume", "resume_token": token, "last_number": 0})
        await hear(new, "ready")
        events, code = await hear_all(old)
        assert (events[-1]["data"]["error"]["code"], code) == ("session_taken_over", 4409)
        await say(new, {"type": "end"})
        assert (await hear_all(new))[1] == 1000


@pytest.mark.parametrize(
    ("messages", "error", "code"),
    [
        ([b"\0\0"], "invalid_message", 1008),
        (["no JSON"], "invalid_message", 1008),
        (['{"type":"end"}'], "invalid_message", 1008),
        (['{"type":"start","encoding":"mp3"}'], "invalid_message", 1008),
        (['{"type":"start","sample_rate_hz":7999}'], "invalid_message", 1008),
        (['{"type":"start","model":"other"}'], "model_not_found", 1008),
        (['{"type":"start"}', '{"type":"start"}'], "invalid_message", 1008),
        (['{"type":"start"}', b"\0"], "invalid_audio", 1008),
        (['{"type":"start"}', bytes(65_538)], "message_too_big", 1009),
        (['{"type":"resume","resume_token":"x","last_number":0}'], "session_not_found", 4404),
    ],
)
async def test_what_is_wrong_is_an_error_before_its_close_code(url, messages, error, code):
    async with opened(url) as socket:
        for message in messages:
            await socket.send(message)
        events, closed = await hear_all(socket)
    assert (events[-1]["data"]["error"]["code"], closed) == (error, code)


async def test_a_message_beyond_all_bounds_is_closed_by_its_code(url):
    async with opened(url) as socket:
        await begin(socket)
        await socket.send(bytes(1 << 20))
        assert (await hear_all(socket))[1] == 1009


@pytest.mark.parametrize(
    ("limits", "error", "code"),
    [
        ({"live_idle_s": 0.05}, "idle_timeout", 4408),
        ({"live_session_s": 0.05}, "session_too_long", 1008),
    ],
)
async def test_a_session_that_is_over_ends_with_its_documents(
    server_of, speech, limits, error, code
):
    with server_of(FakeEngine(speaking), **FAST, **limits).live() as url:
        async with opened(url) as socket:
            await begin(socket)
            await socket.send(speech[:60_000])
            events, closed = await hear_all(socket)
    assert (events[-1]["data"]["error"]["code"], closed) == (error, code)
    assert len(documents(events)) == 1


async def test_a_model_that_is_too_slow_is_told_of_and_then_ends_it(server_of, speech):
    def script(request):
        return Reply(legal_reply(request).text, latency_s=60.0)

    limits = {"live_speed": 1e6, "live_buffer_s": 1.0, "live_lag_s": 0.05, "drain_s": 1.0}
    with server_of(FakeEngine(script), **limits).live() as url:
        async with opened(url) as socket:
            await begin(socket)
            for message in pieces(speech, [32_000] * 4):
                await socket.send(message)
            events, code = await hear_all(socket)
    lagging = [event["data"] for event in events if event["event"] == "lagging"]
    assert lagging[0]["behind_s"] > 0.5
    assert (events[-1]["data"]["error"]["code"], code) == ("lagging_too_far", 1013)


async def test_an_engine_that_dies_costs_a_segment_and_not_the_session(server_of, speech):
    def script(request):
        return Reply(legal_reply(request).text, crash_after_tokens=1)

    with server_of(FakeEngine(script), **FAST).live() as url:
        events, code = await streamed(url, [speech[:60_000]])
    (error,) = [event for event in events if event["event"] == "error"]
    assert (error["data"]["error"]["code"], error["segment"]["index"]) == ("engine_unavailable", 0)
    assert (events[-1]["event"], code) == ("done", 1000)


def bearer(key: str) -> str:
    return "uas.bearer." + base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


async def refusal(url: str, **options) -> tuple[int, str]:
    """Status and error code of a connection that is not let in."""
    with pytest.raises(InvalidStatus) as refused:
        async with opened(url, **options):
            pass
    response = refused.value.response
    return response.status_code, json.loads(response.body)["error"]["code"]


async def test_keys_come_by_header_or_subprotocol(server_of):
    with server_of(api_keys=(KEY,)).live() as url:
        for options in (
            {},
            {"subprotocols": ["uas.v1"]},
            {"subprotocols": ["uas.v1", bearer("wrong")]},
            {"subprotocols": ["uas.v1", "uas.bearer.%%%"]},
            {"subprotocols": ["uas.v1", bearer(KEY), bearer(KEY)]},
            {"additional_headers": {"authorization": "Bearer wrong"}},
        ):
            assert await refusal(url, **options) == (401, "invalid_api_key")
        with pytest.raises(InvalidStatus):
            async with connect(stream_url(url) + f"?api_key={KEY}"):
                pass
        async with opened(url, subprotocols=["uas.v1", bearer(KEY)]) as socket:
            assert socket.subprotocol == "uas.v1"
            await begin(socket)


async def test_a_session_opens_to_its_own_key_only(server_of):
    with server_of(api_keys=(KEY, "other")).live() as url:
        async with opened(url, subprotocols=["uas.v1", bearer(KEY)]) as mine:
            token = (await begin(mine))["resume_token"]
            async with opened(url, subprotocols=["uas.v1", bearer("other")]) as theirs:
                await say(theirs, {"type": "resume", "resume_token": token, "last_number": 0})
                assert (await hear_all(theirs))[1] == 4404


async def test_pages_of_other_origins_and_hosts_are_kept_out(url, server_of):
    assert await refusal(url, origin="https://evil.example") == (403, "invalid_origin")
    port = urlsplit(url).port
    evil = await refusal("http://evil.example", host="127.0.0.1", port=port)
    assert evil == (400, "invalid_host")
    async with opened(url, origin=url):
        pass
    with server_of(allowed_origins=("https://app.example",)).live() as other:
        async with opened(other, origin="https://app.example"):
            pass


async def test_there_is_no_websocket_elsewhere(url):
    assert await refusal(url + "/v1/uas") == (404, "not_found")


async def test_sessions_are_counted_in_all_and_per_key(server_of):
    for limits, error, code in (
        ({"live_sessions": 1}, "server_full", 1013),
        ({"live_sessions_per_key": 1}, "too_many_sessions", 1008),
    ):
        with server_of(**limits).live() as url:
            async with opened(url) as first, opened(url) as second:
                await begin(first)
                await say(second, {"type": "start"})
                events, closed = await hear_all(second)
                assert (events[-1]["data"]["error"]["code"], closed) == (error, code)


async def test_connections_are_bounded_before_they_say_anything(server_of):
    with server_of(live_sessions=1).live() as url:
        async with opened(url), opened(url):
            assert await refusal(url) == (503, "server_full")


async def test_nothing_that_a_client_sends_or_is_sent_is_logged(server_of, model_of, speech, capfd):
    model = model_of(FakeEngine(speaking), draft="canary said")
    with server_of(model=model, log_level="debug", **FAST).live() as url:
        async with connect(stream_url(url) + "?canary=query", compression=None) as socket:
            token = (await begin(socket))["resume_token"]
            await socket.send(speech[:60_000])
            await say(socket, {"type": "canary"})
            await hear_all(socket)
        await streamed(url, pieces(speech, []))
    lines = capfd.readouterr().err.splitlines()
    logged = "\n".join(
        line for line in lines if '"websockets.client"' not in line
    )  # the test's own
    assert '"route": "/v1/stream"' in logged
    assert "canary" not in logged
    assert token not in logged


async def until(reached, within_s: float = 20.0) -> None:
    async with asyncio.timeout(within_s):
        while not reached():  # noqa: ASYNC110 - it has no event to wait for
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("says_goodbye", [True, False])
async def test_a_client_that_leaves_frees_everything(server_of, speech, says_goodbye):
    def script(request):
        return Reply(legal_reply(request).text, latency_s=60.0)

    server = server_of(FakeEngine(script), live_resume_s=0.05, **FAST)
    live, admission = server.services.live, server.services.admission
    with server.live() as url:
        async with opened(url) as socket:
            await begin(socket)
            for message in pieces(speech[:90_000], []):
                await socket.send(message)
            await until(lambda: admission.running == 1)
            if not says_goodbye:
                socket.transport.abort()
        await until(lambda: (live.sessions, live.connections, admission.admitted) == (0, 0, 0))


async def test_a_server_that_stops_says_where_another_goes_on(server_of, speech, url):
    stopping = ExitStack()
    doomed = stopping.enter_context(server_of(FakeEngine(speaking), **FAST).live())
    async with opened(doomed) as socket:
        await begin(socket)
        for message in pieces(speech[:108_000], []):  # into the second utterance
            await socket.send(message)
        events_before = [await hear(socket, "final")]
        events = await stopped(stopping, socket)
    last = events[-1]
    settled = last["data"]["settled_samples"]
    assert 20_000 < settled <= 54_000
    whole, _ = await streamed(url, pieces(speech, []))
    async with opened(url) as socket:
        await say(
            socket,
            {
                "type": "resume",
                "resume_token": last["data"]["resume_token"],
                "last_number": last["number"],
            },
        )
        assert (await hear(socket, "ready"))["data"]["acknowledged_samples"] == settled
        for message in pieces(speech[2 * settled :], []):
            await socket.send(message)
        await say(socket, {"type": "end"})
        rest, _ = await hear_all(socket)
    assert next(e["number"] for e in rest if "number" in e) == last["number"] + 1
    found, wanted = documents([*events_before, *events, *rest]), documents(whole)
    assert [segment["index"] for segment, _ in found] == [0, 1]
    for (segment, document), (as_whole, wanted_document) in zip(found, wanted, strict=True):
        assert document == wanted_document
        assert segment["start_s"] == pytest.approx(as_whole["start_s"], abs=0.1)
        assert segment["end_s"] == pytest.approx(as_whole["end_s"], abs=0.1)
