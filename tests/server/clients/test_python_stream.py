"""Events are read right however the bytes arrive; what is no whole stream is a typed error."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import pairwise

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uas_audio_client import (
    ApiError,
    AsyncUasClient,
    DeltaPayload,
    FieldPayload,
    StreamCut,
    UasClient,
    UasEnvelope,
    UnexpectedAnswer,
)
from uas_server.examples import UAS_EXAMPLE as ENVELOPE

FINAL = json.dumps(ENVELOPE)
ERROR = {
    "message": "Time ran out.",
    "type": "server_error",
    "param": None,
    "code": "deadline_exceeded",
    "request_id": "req_1",
}


class Chunks(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body in these chunks, then the error, if there is one."""

    def __init__(self, chunks: Iterable[bytes], error: Exception | None = None) -> None:
        self._chunks, self._error = list(chunks), error

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks
        if self._error is not None:
            raise self._error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk


def answering(stream: Chunks, media_type: str = "text/event-stream") -> httpx.MockTransport:
    headers = {"Content-Type": media_type}
    return httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, stream=stream))


def heard(stream: Chunks) -> list[object]:
    with (
        UasClient("http://test", transport=answering(stream)) as client,
        client.describe_stream(b"clip") as events,
    ):
        return list(events)


async def heard_async(stream: Chunks) -> list[object]:
    async with (
        AsyncUasClient("http://test", transport=answering(stream)) as client,
        client.describe_stream(b"clip") as events,
    ):
        return [event async for event in events]


def frame(name: str, data: str, end: str = "\n") -> str:
    lines = "".join(f"data: {line}{end}" for line in data.split("\n"))
    return f"event: {name}{end}{lines}{end}"


VALUES = st.text() | st.none() | st.lists(st.text(), max_size=2)
PAYLOADS = st.lists(
    st.builds(FieldPayload, path=st.text(), value=VALUES) | st.builds(DeltaPayload, text=st.text()),
    max_size=5,
)


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[FieldPayload | DeltaPayload], list[bytes]]:
    """Payloads, and the bytes of their events: any line ends, comments, cuts."""
    payloads = draw(PAYLOADS)
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text = ""
    for payload in payloads:
        name = "field" if isinstance(payload, FieldPayload) else "delta"
        # Indented JSON has several lines, which become several lines of data.
        data = json.dumps(
            payload.to_dict(),
            ensure_ascii=draw(st.booleans()),
            indent=draw(st.sampled_from([None, 1])),
        )
        text += draw(st.sampled_from(["", f": a comment{end}", f"{end}", frame("newer", "x", end)]))
        text += frame(name, data, end)
    whole = (text + frame("final", FINAL, end)).encode("utf-8", "replace")
    cuts = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=20)))
    edges = [0, *cuts, len(whole)]
    return payloads, [whole[a:b] for a, b in pairwise(edges)]


@given(streams())
def test_events_are_the_same_for_any_chunks(case):
    payloads, chunks = case
    *parts, last = heard(Chunks(chunks))
    assert parts == payloads
    assert isinstance(last, UasEnvelope)
    assert asyncio.run(heard_async(Chunks(chunks))) == [*parts, last]


def test_a_character_cut_in_half_and_line_separators_in_json_arrive_whole():
    text = frame("delta", '{"text":"\u2028ü\U0001f600\u0085"}') + frame("final", FINAL)
    event, _ = heard(Chunks(bytes([byte]) for byte in text.encode()))
    assert event == DeltaPayload(text="\u2028ü\U0001f600\u0085")


def test_nothing_is_read_behind_the_last_event():
    chunks = Chunks([frame("final", FINAL).encode()], httpx.ReadError("reset"))
    assert len(heard(chunks)) == 1


@pytest.mark.parametrize(
    "stream",
    [
        Chunks([frame("delta", '{"text":"{"}').encode()]),
        Chunks([frame("delta", '{"text":"{"}').encode()], httpx.ReadError("reset")),
        Chunks([frame("final", FINAL).encode()[:-2]]),
        Chunks([]),
    ],
    ids=["ended", "broken", "unfinished", "empty"],
)
def test_a_stream_without_its_last_event_was_cut(stream):
    with pytest.raises(StreamCut, match="send the clip again"):
        heard(stream)
    with pytest.raises(StreamCut):
        asyncio.run(heard_async(stream))


def test_an_error_in_the_middle_is_raised_behind_what_came_before():
    text = frame("delta", '{"text":"{"}') + frame("error", json.dumps({"error": ERROR}))
    transport = answering(Chunks([text.encode()]))
    with (
        UasClient("http://test", transport=transport) as client,
        client.describe_stream(b"clip") as events,
    ):
        assert next(events) == DeltaPayload(text="{")
        with pytest.raises(ApiError, match="Time ran out") as failed:
            next(events)
    error = failed.value
    assert (error.code, error.status, error.request_id) == ("deadline_exceeded", None, "req_1")


@pytest.mark.parametrize("data", ["no json", "[]", '{"text": 1, "path": 2}', "{}"])
def test_a_payload_that_is_not_described_is_told_apart(data):
    with pytest.raises(UnexpectedAnswer):
        heard(Chunks([frame("final", data).encode()]))


def test_an_answer_that_is_no_stream_is_told_apart():
    transport = answering(Chunks([b"<html>"]), "text/html")
    with (
        UasClient("http://test", transport=transport) as client,
        client.describe_stream(b"clip") as events,
        pytest.raises(UnexpectedAnswer, match="no stream"),
    ):
        next(events)
